using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Cip;

/// <summary>Where no company verifies identities: every ticket waits for an operator.</summary>
internal sealed class ReviewEveryCip : ICipProvider
{
    public Task<string> SubmitAsync(TicketId ticket, CipSubject subject, CancellationToken ct) =>
        Task.FromResult("review");

    public Task<CipOutcome?> FindResultAsync(string reference, CancellationToken ct) =>
        Task.FromResult<CipOutcome?>(CipOutcome.NeedsReview);
}

/// <summary>Which provider is asked: setting <c>Cip:Provider</c>.</summary>
internal static class CipProviders
{
    /// <exception cref="InvalidOperationException">
    /// There is no such provider, or it is not for this environment.
    /// </exception>
    public static void AddCipProvider(
        this IServiceCollection services,
        IConfiguration configuration,
        PartnerEnvironment environment
    )
    {
        var isSandbox = environment == PartnerEnvironment.Sandbox;
        _ = (configuration["Cip:Provider"] ?? (isSandbox ? "sandbox" : "review"), isSandbox) switch
        {
            ("sandbox", true) => services.AddSingleton<ICipProvider, SandboxCipProvider>(),
            ("sandbox", false) => throw new InvalidOperationException(
                "Setting 'Cip:Provider' is 'sandbox' in production: it would verify anybody."
            ),
            ("review", _) => services.AddSingleton<ICipProvider, ReviewEveryCip>(),
            _ => throw new InvalidOperationException("Setting 'Cip:Provider' must be 'sandbox' or 'review'."),
        };
    }
}
