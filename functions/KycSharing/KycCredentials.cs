using Azure;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Checks at the start that the provider's credentials exist, instead of failing for the first person. An unreachable
/// vault does not stop the start.
/// </summary>
internal sealed partial class KycCredentials(IKycProvider provider, ILogger<KycCredentials> logger) : IHostedService
{
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeLimit);
            await provider.CheckCredentialsAsync(limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception ex)
            when (ex is not InvalidOperationException and not RequestFailedException { Status: 404 }
                && !cancellationToken.IsCancellationRequested
            )
        {
            NotRead(logger, ex.GetType().Name);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The KYC provider's credentials could not be read at the start ({Reason}); they are read again with "
            + "the first share"
    )]
    private static partial void NotRead(ILogger logger, string reason);
}
