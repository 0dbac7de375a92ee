using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Functions.Docs;

internal static class DocsServices
{
    /// <summary>The guides and the references at <c>/docs</c>.</summary>
    public static void AddDocs(this IServiceCollection services)
    {
        services.AddSingleton<GeneratedParts>();
        services.AddSingleton<Guides>();
        services.AddSingleton<DocsLayout>();
        services.AddSingleton<DocsSite>();
    }
}
