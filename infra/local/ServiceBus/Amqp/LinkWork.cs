using Amqp;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Messaging;

/// <summary>
/// Work for a link that goes on after the library's call has returned, because the journal is waited for.
/// </summary>
internal static class LinkWork
{
    /// <summary>
    /// Lets it run. An error that nobody expected is logged and ends the link, so that its client does not wait for an
    /// answer that never comes.
    /// </summary>
    public static void Start(Link link, ILogger logger, Func<Task> work) => _ = RunAsync(link, logger, work);

    private static async Task RunAsync(Link link, ILogger logger, Func<Task> work)
    {
        try
        {
            await work().ConfigureAwait(false);
        }
        catch (Exception ex) when (ex is AmqpException or ObjectDisposedException)
        {
            FrontLog.GoneBeforeAnswer(logger, ex);
        }
#pragma warning disable CA1031 // There is no caller: this is where errors end up.
        catch (Exception ex)
#pragma warning restore CA1031
        {
            FrontLog.LinkFailed(logger, ex);
            AmqpErrors.TryClose(link, AmqpErrors.Of(ErrorCode.InternalError, ex.Message));
        }
    }
}
