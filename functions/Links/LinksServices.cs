using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Settings;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

internal static partial class LinksServices
{
    /// <summary>Links and their lifecycle.</summary>
    public static void AddLinks(this IServiceCollection services, IConfiguration configuration)
    {
        services
            .AddSettings<LinkOptions>(configuration)
            .Validate(
                options => options.FlowNames.Count > 0 && options.FlowNames.All(FlowName().IsMatch),
                "Setting 'Links:Flows' must be names of letters, digits and hyphens, separated by commas."
            );
        services.AddRow<Link>();
        services.AddRow<ActiveLink>();
        services.AddSingleton<LinkIndex>();
        services.AddSingleton<LinkStore>();
        services.AddSingleton<LinkFlows>();
        services.AddSingleton<LinkCreation>();
        services.AddSingleton<IEventFollower, LinkLifecycleFollower>();
    }

    // The name is a part of the link's URL.
    [GeneratedRegex(@"^[A-Za-z0-9-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FlowName();
}
