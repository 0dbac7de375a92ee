using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Serverless.Functions.Security;

namespace Serverless.Functions.KycSharing;

/// <summary>Which provider is asked: with setting <c>Kyc:Level</c> (the verification level at Sumsub that a shared person must meet) Sumsub, else none.</summary>
internal static class KycProviders
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
        foreach (var name in new[] { "Kyc:ProviderUrl", $"Secrets:{SumsubKycProvider.AppToken}", $"Secrets:{SumsubKycProvider.SecretKey}" })
        {
            if (configuration[name] is { Length: > 0 })
                throw new InvalidOperationException($"Setting '{name}' is there, but 'Kyc:Level' is not: name the verification level, or remove both to have no KYC sharing.");
        }
        services.AddSingleton<IKycProvider, NoKycProvider>();
    }

    /// <summary>A provider without its credentials is noticed at the start, not by the first person.</summary>
    private sealed class KycCredentials(ISecretSource secrets, IConfiguration configuration) : IHostedService
    {
        public async Task StartAsync(CancellationToken cancellationToken)
        {
            if (configuration["Kyc:ProviderUrl"] is { } address
                && !(Uri.TryCreate(address, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))))
                throw new InvalidOperationException("Setting 'Kyc:ProviderUrl' must be an https URL.");
            await secrets.GetAsync(SumsubKycProvider.AppToken, cancellationToken);
            await secrets.GetAsync(SumsubKycProvider.SecretKey, cancellationToken);
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
