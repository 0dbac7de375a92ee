namespace Serverless.Conformance.Host;

/// <summary>Where the build put the host and the app that it runs in these tests, and the settings they get.</summary>
internal static class HostFiles
{
    private static readonly string Here = AppContext.BaseDirectory;

    /// <summary>The output of <c>tests/HostApp</c>.</summary>
    public static string App { get; } = Output("tests", "HostApp");

    /// <summary>The host's program.</summary>
    public static string Host { get; } = Path.Combine(Output("infra", "local"), "Serverless.Local.dll");

    public static IEnumerable<(string Name, string? Value)> Settings(string notes) =>
        [
            ("Notes", notes),
            ("Local:DataFolder", "memory"),
            ("Local:Queues", Path.Combine(App, "host-app-queues.json")),
            ("FineQueue", "fine"),
            ("HourlySchedule", "0 0 * * * *"),
            (
                "ServiceBusConnection",
                "Endpoint=sb://localhost/;SharedAccessKeyName=Root;SharedAccessKey=a2V5;UseDevelopmentEmulator=true"
            ),
        ];

    private static string Output(params string[] project)
    {
        for (var folder = new DirectoryInfo(Here); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Serverless.sln")))
                return Path.Combine([
                    folder.FullName,
                    .. project,
                    Path.GetRelativePath(Path.Combine(folder.FullName, "tests", "Conformance"), Here),
                ]);
        throw new DirectoryNotFoundException($"Serverless.sln is in no folder above {Here}.");
    }
}
