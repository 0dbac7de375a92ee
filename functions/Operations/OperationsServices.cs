using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Partners;
using Serverless.Functions.Settings;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Operations;

internal static class OperationsServices
{
    /// <summary>Transfers; in production every payout is held until a rail is connected.</summary>
    public static void AddOperations(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<TransferOptions>(configuration)
            .Validate(options => options.Rate > 0, "Setting 'Operations:Rate' must be more than 0.")
            .Validate(
                options => options.Fee >= 0 && decimal.Round(options.Fee, 2) == options.Fee,
                "Setting 'Operations:Fee' must be 0 or more, with at most two decimals."
            )
            .Validate(
                options => options.CancelWindow >= TimeSpan.Zero,
                "Setting 'Operations:CancelWindow' must not be negative."
            );
        services.AddRow<Operation>();
        services.AddRow<LinkQuotes>();
        services.AddSingleton<TransferTerms>();
        services.AddSingleton<OperationIndex>();
        services.AddSingleton<OperationStore>();
        services.AddSingleton<MakeTransfer>();
        services.AddSingleton<IEventFollower, OperationFollower>();
        services.AddSingleton<IPayoutRail>(provider =>
            provider.GetRequiredService<PartnerEnvironment>() == PartnerEnvironment.Sandbox
                ? ActivatorUtilities.CreateInstance<SandboxPayoutRail>(provider)
                : new HoldEveryPayout()
        );
    }
}
