using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Links;
using Serverless.Functions.Settings;
using Serverless.Functions.Storage;

namespace Serverless.Functions.DataRequests;

internal static class DataRequestsServices
{
    /// <summary>Registers data requests and their answers.</summary>
    public static void AddDataRequests(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<DataRequestOptions>(configuration)
            .Validate(
                options => options.GracePeriod >= TimeSpan.Zero,
                "Setting 'DataRequests:GracePeriod' must not be negative."
            );
        services.AddRow<DataRequest>();
        services.AddSingleton<ILinkParticipant, DataRequestOfLink>();
        services.AddSingleton<AnswerDataRequest>();
        services.AddSingleton<IEventFollower, DataRequestFollower>();
    }
}
