using System.Reflection;

namespace Serverless.Campaign;

/// <summary>Where the build put things.</summary>
internal static class Built
{
    /// <summary>The output of the functions app: what is deployed.</summary>
    public static string Functions { get; } = Of("FunctionsOutput");

    /// <summary>The local host as a program.</summary>
    public static string Host { get; } = Path.Combine(Of("HostOutput"), "Serverless.Local.dll");

    /// <summary>The queues of a namespace.</summary>
    public static string Queues { get; } = Path.Combine(Of("HostOutput"), "queues.json");

    private static string Of(string key) =>
        typeof(Built)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == key)
            .Value!;
}
