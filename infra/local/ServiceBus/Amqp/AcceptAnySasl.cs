using Amqp;
using Amqp.Sasl;
using Amqp.Types;

namespace Serverless.Local.Messaging;

/// <summary>
/// A SASL mechanism that lets everybody in. Service Bus's own, MSSBCBS, does too: the token comes later, over
/// <c>$cbs</c>.
/// </summary>
internal sealed class AcceptAnySasl(string mechanism) : SaslProfile(new Symbol(mechanism))
{
    public static readonly string[] Mechanisms = ["MSSBCBS", "ANONYMOUS", "PLAIN", "EXTERNAL"];

    protected override ITransport UpgradeTransport(ITransport transport) => transport;

    protected override DescribedList GetStartCommand(string hostname) =>
        throw new NotSupportedException("The client begins.");

    protected override DescribedList OnCommand(DescribedList command) =>
        command is SaslInit
            ? new SaslOutcome { Code = SaslCode.Ok }
            : throw new AmqpException(ErrorCode.NotAllowed, "SASL begins with sasl-init.");
}
