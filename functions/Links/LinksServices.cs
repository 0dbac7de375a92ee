using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;

namespace Serverless.Functions.Links;

internal static class LinksServices
{
    /// <summary>Links and their lifecycle.</summary>
    public static void AddLinks(this IServiceCollection services)
    {
        services.AddSingleton<LinkIndex>();
        services.AddSingleton<LinkStore>();
        services.AddSingleton<LinkInput>();
        services.AddSingleton<CreateLink>();
        services.AddSingleton<IEventFollower, LinkLifecycleFollower>();
    }
}
