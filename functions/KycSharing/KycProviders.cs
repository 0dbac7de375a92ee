using Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Security;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Which provider is asked: with setting <c>Kyc:Level</c> (the verification level at Sumsub that a shared person must
/// meet) Sumsub, else none.
/// </summary>
internal static partial class KycProviders
{
    /// <exception cref="InvalidOperationException">It is configured by half.</exception>
    public static void AddKycProvider(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration["Kyc:Level"] is { Length: > 0 })
        {
            services.AddSingleton<IKycProvider, SumsubKycProvider>();
            services.AddHostedService<KycCredentials>();
            return;
        }
        foreach (
            var name in new[]
            {
                "Kyc:ProviderUrl",
                $"Secrets:{SumsubKycProvider.AppToken}",
                $"Secrets:{SumsubKycProvider.SecretKey}",
            }
        )
        {
            if (configuration[name] is { Length: > 0 })
                throw new InvalidOperationException(
                    $"Setting '{name}' is there, but 'Kyc:Level' is not: name the verification level, or remove both to have no KYC sharing."
                );
        }
        services.AddSingleton<IKycProvider, NoKycProvider>();
    }

    /// <summary>
    /// A provider without its credentials is noticed at the start, not by the first person. A vault that cannot be
    /// reached just then keeps nothing else from starting.
    /// </summary>
    private sealed partial class KycCredentials(
        ISecretSource secrets,
        IConfiguration configuration,
        ILogger<KycCredentials> logger
    ) : IHostedService
    {
        private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

        public async Task StartAsync(CancellationToken cancellationToken)
        {
            if (
                configuration["Kyc:ProviderUrl"] is { } address
                && !(
                    Uri.TryCreate(address, UriKind.Absolute, out var url)
                    && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
                )
            )
                throw new InvalidOperationException("Setting 'Kyc:ProviderUrl' must be an https URL.");
            try
            {
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(TimeLimit);
                await secrets.GetAsync(SumsubKycProvider.AppToken, limit.Token).WaitAsync(limit.Token);
                await secrets.GetAsync(SumsubKycProvider.SecretKey, limit.Token).WaitAsync(limit.Token);
            }
            catch (Exception ex)
                when (ex is not InvalidOperationException and not RequestFailedException { Status: 404 }
                    && !cancellationToken.IsCancellationRequested
                )
            {
                NotRead(logger, ex.GetType().Name);
            }
        }

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The KYC provider's credentials could not be read at the start ({Reason}); they are read again with the first share"
        )]
        private static partial void NotRead(ILogger logger, string reason);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
