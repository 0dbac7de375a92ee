using Amqp;
using Amqp.Framing;

namespace Serverless.Local.Messaging;

/// <summary>Claims-based security: every token is good.</summary>
internal sealed class CbsNode : RequestNode
{
    private const int Accepted = 202;

    public override Task<Message> AnswerAsync(Message request) =>
        Task.FromResult(
            new Message
            {
                ApplicationProperties = new ApplicationProperties
                {
                    ["status-code"] = Accepted,
                    ["status-description"] = "Accepted",
                },
            }
        );
}
