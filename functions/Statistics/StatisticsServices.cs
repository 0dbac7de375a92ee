using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;

namespace Serverless.Functions.Statistics;

internal static class StatisticsServices
{
    /// <summary>Registers the counts of what happens.</summary>
    public static void AddStatistics(this IServiceCollection services)
    {
        services.AddSingleton<Tally>();
        services.AddSingleton<IEventFollower, StatisticsFollower>();
    }
}
