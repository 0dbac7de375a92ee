using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;

namespace Serverless.Functions.DataRequests;

internal static class DataRequestsServices
{
    /// <summary>What a partner is asked for, and its answer.</summary>
    public static void AddDataRequests(this IServiceCollection services)
    {
        services.AddSingleton<AnswerDataRequest>();
        services.AddSingleton<IEventFollower, DataRequestFollower>();
    }
}
