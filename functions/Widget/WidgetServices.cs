using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Widget;

internal static class WidgetServices
{
    /// <summary>The page at a link's URL.</summary>
    public static void AddWidget(this IServiceCollection services)
    {
        services.AddSingleton<WidgetSession>();
        services.AddSingleton<WidgetAccess>();
        services.AddSingleton<WidgetState>();
    }
}
