using System.Diagnostics;
using System.Globalization;

namespace Serverless.Benchmarks;

/// <summary>
/// Host, worker and Azurite as the operating system sees them. On Linux, which tells who started whom.
/// </summary>
internal sealed class ProcessUse
{
    private readonly int _host;
    private readonly int _worker;
    private readonly int? _azurite;

    private ProcessUse(int host, int worker, int? azurite) => (_host, _worker, _azurite) = (host, worker, azurite);

    /// <param name="host">The host's process.</param>
    /// <param name="dataFolder">Where Azurite, which outlives a host, leaves its id.</param>
    public static ProcessUse Of(int host, string dataFolder)
    {
        var note = Path.Combine(dataFolder, "azurite", "azurite.run");
        return new ProcessUse(
            host,
            ChildrenOf(host).First(IsDotnet),
            File.Exists(note) ? int.Parse(File.ReadAllText(note).Split(' ')[0], CultureInfo.InvariantCulture) : null
        );
    }

    /// <summary>Memory that they hold of the machine.</summary>
    public string Memory =>
        $"host {Megabytes(_host)} MB, worker {Megabytes(_worker)} MB{(_azurite is { } id ? $", Azurite {Megabytes(id)} MB" : "")}";

    /// <summary>Time of a core that they have used so far.</summary>
    public (TimeSpan Host, TimeSpan Worker, TimeSpan Azurite) Processor =>
        (ProcessorOf(_host), ProcessorOf(_worker), _azurite is { } id ? ProcessorOf(id) : TimeSpan.Zero);

    private static TimeSpan ProcessorOf(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.TotalProcessorTime;
    }

    private static long Megabytes(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.WorkingSet64 / (1024 * 1024);
    }

    private static bool IsDotnet(int id)
    {
        using var process = Process.GetProcessById(id);
        return process.ProcessName == "dotnet";
    }

    private static List<int> ChildrenOf(int parent) =>
        [
            .. Directory
                .GetDirectories($"/proc/{parent}/task")
                .Select(thread => File.ReadAllText(Path.Combine(thread, "children")))
                .SelectMany(children => children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Select(id => int.Parse(id, CultureInfo.InvariantCulture)),
        ];
}
