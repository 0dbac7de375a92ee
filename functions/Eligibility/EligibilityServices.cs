using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Eligibility;

internal static class EligibilityServices
{
    /// <summary>What a person must still give before a transaction.</summary>
    public static void AddEligibility(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(EligibilityRules.Load(configuration));
        services.AddSingleton<Applicants>();
        services.AddSingleton<TransactionRules>();
    }
}
