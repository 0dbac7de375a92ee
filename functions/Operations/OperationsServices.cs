using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Operations;

internal static class OperationsServices
{
    /// <summary>Transfers; in production every payout is held until a rail is connected.</summary>
    public static void AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<TransferTerms>();
        services.AddSingleton<OperationIndex>();
        services.AddSingleton<OperationStore>();
        services.AddSingleton<IEventFollower, OperationFollower>();
        services.AddSingleton<IPayoutRail>(provider =>
            provider.GetRequiredService<PartnerEnvironment>() == PartnerEnvironment.Sandbox
                ? ActivatorUtilities.CreateInstance<SandboxPayoutRail>(provider)
                : new HoldEveryPayout()
        );
    }
}
