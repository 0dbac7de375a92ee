using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Maintenance;

internal static class MaintenanceServices
{
    /// <summary>Registers what <see cref="DoNightlyChores"/> does.</summary>
    public static void AddMaintenance(this IServiceCollection services)
    {
        services.AddSingleton<INightlyChore, DropOldNonces>();
        services.AddSingleton<INightlyChore, DropOldRequests>();
        services.AddSingleton<INightlyChore, DropOldStatistics>();
        services.AddSingleton<INightlyChore, FindOverdueOrchestrations>();
        services.AddSingleton<INightlyChore, ForgetAddresses>();
        services.AddSingleton<INightlyChore, ForgetIdempotencyKeys>();
        services.AddSingleton<INightlyChore, ForgetOneTimeCodes>();
        services.AddSingleton<INightlyChore, ForgetSessions>();
        services.AddSingleton<INightlyChore, PurgeFinishedOrchestrations>();
    }
}
