using Amqp.Types;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Messaging;

/// <summary>What the front tells. A client that went away is no error: without an answer it asks again.</summary>
internal static partial class FrontLog
{
    [LoggerMessage(
        Level = LogLevel.Debug,
        Message = "A connection to the broker could not be accepted: the client was gone before."
    )]
    public static partial void NotAccepted(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A connection to the broker was closed already.")]
    public static partial void ClosedAlready(ILogger logger, Exception exception);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "A connection to the broker was closed: {Condition}, {Description}"
    )]
    public static partial void ConnectionClosed(ILogger logger, Symbol? condition, string? description);

    [LoggerMessage(Level = LogLevel.Error, Message = "A link to the broker failed.")]
    public static partial void LinkFailed(ILogger logger, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "A client of the broker was gone before its answer.")]
    public static partial void GoneBeforeAnswer(ILogger logger, Exception exception);
}
