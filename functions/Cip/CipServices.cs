using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Events;
using Serverless.Functions.Settings;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Cip;

internal static class CipServices
{
    /// <summary>Registers identity verification and its provider.</summary>
    public static void AddCip(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<CipOptions>(configuration)
            .Validate(
                options => CipOptions.Providers.ContainsKey(options.Chosen),
                $"Setting 'Cip:Provider' must be one of {string.Join(", ", CipOptions.Providers.Keys)}."
            )
            .Validate(
                options => !(options.IsSandbox && options.IsProduction),
                "Setting 'Cip:Provider' is 'sandbox' in production: it would verify anybody."
            );
        services.AddSingleton<ICipProvider>(provider =>
            CipOptions.Providers[provider.GetRequiredService<IOptions<CipOptions>>().Value.Chosen](provider)
        );
        services.AddRow<CipTicket>();
        services.AddSingleton<ICipStatusReader, CipStatusReader>();
        services.AddSingleton<StartCip>();
        services.AddSingleton<ApplyCipResult>();
        services.AddSingleton<IEventFollower, CipFollower>();
    }
}
