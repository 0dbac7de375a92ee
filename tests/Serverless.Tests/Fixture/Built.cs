using System.Reflection;

namespace Serverless.Tests;

/// <summary>Where the build put things.</summary>
internal static class Built
{
    /// <summary>The output of the functions app: what is deployed.</summary>
    public static string Functions { get; } =
        typeof(Built)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "FunctionsOutput")
            .Value!;
}
