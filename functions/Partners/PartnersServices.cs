using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Http;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Partners;

internal static class PartnersServices
{
    /// <summary>Registers partners, their keys, and the authentication under <c>/partner</c>.</summary>
    public static void AddPartners(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<PartnersOptions>(configuration)
            .Validate(
                options => PartnerEnvironment.Find(options.Environment) is not null,
                "Setting 'Partners:Environment' must be 'sandbox' or 'production'."
            )
            .Validate(
                options => options.PublicBaseUrl is not null || !options.IsProduction,
                "Setting 'PublicBaseUrl' is missing: links in production need an address of yours, for example "
                    + "https://links.example.com. Without it they would lead wherever the Host header of a request "
                    + "says."
            )
            .Validate(
                options => options.HasUsableAddress,
                "Setting 'PublicBaseUrl' must be an address such as https://links.example.com, without query."
            );
        services.AddSettings<DemoOptions>(configuration);
        services.AddSingleton(provider =>
            PartnerEnvironment.Find(provider.GetRequiredService<IOptions<PartnersOptions>>().Value.Environment)!
        );
        services.AddSingleton<PublicAddress>();
        services.AddSingleton<PartnerStore>();
        services.AddSingleton<KeyUses>();
        services.AddSingleton<PartnerDirectory>();
        services.AddSingleton<PartnerSessions>();
        services.AddSingleton<SessionCookie>();
        services.AddSingleton<IdentityKeyStore>();
        services.AddSingleton<IdentityKeys>();
        services.AddSingleton<PartnerKeys>();
        services.AddSingleton<OwnKeyIssue>();
        services.AddSingleton<CreatePartner>();
        services.AddSingleton<IApiGate, PartnerGate>();
        // Where a start prints, for whoever sees it.
        services.AddSingleton(System.Console.Out);
        services.AddHostedService<SeedDemoPartner>();
    }
}
