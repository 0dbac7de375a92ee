using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Eligibility;

internal static class EligibilityServices
{
    /// <summary>Registers the eligibility and limits functions.</summary>
    public static void AddEligibility(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<EligibilityOptions>(configuration);
        services.AddSingleton<IValidateOptions<EligibilityOptions>, ValidateEligibilityOptions>();
        services.AddSingleton(provider =>
            EligibilityRules.Load(provider.GetRequiredService<IOptions<EligibilityOptions>>().Value.Rules)
        );
        services.AddSingleton<Applicants>();
        services.AddSingleton<TransactionRules>();
    }
}
