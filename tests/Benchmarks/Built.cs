using System.Reflection;

namespace Serverless.Benchmarks;

/// <summary>Where the build put things.</summary>
internal static class Built
{
    /// <summary>The output of the functions app: what is deployed.</summary>
    public static string Functions { get; } = Of("FunctionsOutput");

    /// <summary>The output of the small app that the engine is measured with.</summary>
    public static string BenchmarkApp { get; } = Of("BenchmarkAppOutput");

    /// <summary>The local host as a program.</summary>
    public static string Host { get; } = Path.Combine(Of("HostOutput"), "Serverless.Local.dll");

    private static string Of(string key) =>
        typeof(Built)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == key)
            .Value!;
}
