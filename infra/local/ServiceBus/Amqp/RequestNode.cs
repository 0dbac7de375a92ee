using Amqp;

namespace Serverless.Local.Messaging;

/// <summary>Answers requests.</summary>
internal abstract class RequestNode
{
    /// <returns>The answer, without its correlation.</returns>
    public abstract Task<Message> AnswerAsync(Message request);
}
