using System.Globalization;

namespace Serverless.Campaign;

/// <summary>What is run, and for how long.</summary>
internal sealed record CampaignOptions
{
    /// <summary>The first history's; the next ones have the numbers after it.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>No history begins after this time, and one under way takes no further steps.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Steps of a history.</summary>
    public int Steps { get; init; } = 160;

    /// <summary>Host and worker processes on one storage account and broker; null: one or two, by the seed.</summary>
    public int? Apps { get; init; }

    /// <summary>Whether processes are killed, connections cut, and so on.</summary>
    public bool Faults { get; init; } = true;

    /// <summary>Orchestrations in storage as in Azure, in real time.</summary>
    public bool DurableInStorage { get; init; }

    /// <summary>The numbers of the steps to take; null: all.</summary>
    public IReadOnlySet<int>? Only { get; init; }

    /// <summary>How long a failed history is cut; zero leaves it as it is.</summary>
    public TimeSpan Cutting { get; init; } = TimeSpan.FromMinutes(5);

    public const string Usage =
        "dotnet run -c Release --project tests/Campaign -- [--seed N] [--minutes M | --seconds S] [--steps N] [--apps N] [--faults false] [--store azure-storage] [--only 1-20,23] [--cut-minutes M]";

    /// <exception cref="FormatException">The arguments are none of these.</exception>
    public static CampaignOptions Parse(string[] args)
    {
        var options = new CampaignOptions();
        if (args.Length % 2 != 0)
            throw new FormatException(Usage);
        foreach (var pair in args.Chunk(2))
            options = (pair[0], pair[1]) switch
            {
                ("--seed", var seed) => options with { Seed = Number(seed) },
                ("--minutes", var minutes) => options with { Time = TimeSpan.FromMinutes(Number(minutes)) },
                ("--seconds", var seconds) => options with { Time = TimeSpan.FromSeconds(Number(seconds)) },
                ("--steps", var steps) => options with { Steps = Number(steps) },
                ("--apps", var apps) => options with { Apps = Number(apps) },
                ("--faults", var faults) => options with { Faults = bool.Parse(faults) },
                ("--store", "azure-storage") => options with { DurableInStorage = true, Apps = 1 },
                ("--store", "embedded") => options,
                ("--only", var steps) => options with { Only = Numbers(steps) },
                ("--cut-minutes", var minutes) => options with { Cutting = TimeSpan.FromMinutes(Number(minutes)) },
                _ => throw new FormatException(Usage),
            };
        return options;
    }

    /// <summary>Numbers as <see cref="Only"/> is written: <c>1-20,23</c>.</summary>
    public static string Write(IEnumerable<int> numbers)
    {
        var spans = new List<(int First, int Last)>();
        foreach (var number in numbers.Order())
            if (spans is [.., var last] && last.Last == number - 1)
                spans[^1] = (last.First, number);
            else
                spans.Add((number, number));
        return string.Join(
            ',',
            spans.Select(span => span.First == span.Last ? $"{span.First}" : $"{span.First}-{span.Last}")
        );
    }

    private static HashSet<int> Numbers(string text) =>
        [
            .. text.Split(',')
                .Select(span => span.Split('-'))
                .SelectMany(span => Enumerable.Range(Number(span[0]), Number(span[^1]) - Number(span[0]) + 1)),
        ];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
