using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;

namespace Serverless.Functions.Partners;

internal static class PartnersServices
{
    /// <summary>Partners, their keys, and who may call under <c>/partner</c>.</summary>
    public static void AddPartners(this IServiceCollection services, IConfiguration configuration)
    {
        var environment = PartnerEnvironment.Parse(configuration["Partners:Environment"]);
        services.AddSingleton(environment);
        services.AddSingleton(new PublicAddress(configuration, environment));
        services.AddSingleton<PartnerStore>();
        services.AddSingleton<PartnerDirectory>();
        services.AddSingleton<IdentityKeyStore>();
        services.AddSingleton<IdentityKeys>();
        services.AddSingleton<PartnerKeys>();
        services.AddSingleton<CreatePartner>();
        services.AddSingleton<IApiGate, PartnerGate>();
        services.AddHostedService<SeedDemoPartner>();
    }
}
