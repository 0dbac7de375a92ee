using NetArchTest.Rules;
using Serverless.Functions;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>
/// The folders of <c>functions/</c> stand on each other in one order, which <c>functions/README.md</c> shows as a
/// picture. The compiled assembly is asked: an edge that is only a constant or a comment is none.
/// </summary>
public sealed class LayerTests
{
    private const string Root = "Serverless.Functions.";

    /// <summary>From the ground up: a folder knows those before it, and none after it.</summary>
    private static readonly string[] Order =
    [
        "Ids",
        "Time",
        "Waiting",
        "Settings",
        "Security",
        "Observability",
        "Http",
        "Typed",
        "Storage",
        "Outbound",
        "Events",
        "Idempotency",
        "RateLimits",
        "Mail",
        "Audit",
        "Partners",
        "HmacAuth",
        "Statistics",
        "Usage",
        "Users",
        "Identities",
        "Links",
        "Cip",
        "DataRequests",
        "Operations",
        "Eligibility",
        "KycSharing",
        "Reviews",
        "Verifications",
        "Webhooks",
        "Widget",
        "Erasure",
        "FollowUp",
        "Maintenance",
        "Health",
        "OpenApi",
        "Docs",
        "Console",
        "Portal",
        "Desk",
    ];

    /// <summary>The same order for the folders within a folder.</summary>
    private static readonly Dictionary<string, string[]> Within = new()
    {
        ["Webhooks"] = ["Signing", "Sending", "Endpoints", "Deliveries", "Replays"],
    };

    public static TheoryData<string> Folders => [.. Order];

    public static TheoryData<string, string> FoldersWithin =>
        [.. Within.SelectMany(parent => parent.Value[..^1].Select(folder => (parent.Key, folder)))];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_folder_knows_only_those_below_it(string folder)
    {
        var broken = new List<string>();
        foreach (var above in Order.SkipWhile(name => name != folder).Skip(1))
        {
            var knowing = Knowing(folder, above);
            if (knowing.Count > 0)
                broken.Add($"{folder} -> {above}: {string.Join(", ", knowing)}");
        }
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken));
    }

    [Theory]
    [MemberData(nameof(FoldersWithin))]
    public void A_folder_within_a_folder_knows_only_those_below_it(string parent, string folder)
    {
        var broken = Within[parent]
            .SkipWhile(name => name != folder)
            .Skip(1)
            .Select(above => (Above: above, Knowing: Knowing($"{parent}.{folder}", $"{parent}.{above}")))
            .Where(edge => edge.Knowing.Count > 0)
            .Select(edge => $"{folder} -> {edge.Above}: {string.Join(", ", edge.Knowing)}")
            .ToList();
        Assert.True(broken.Count == 0, string.Join(Environment.NewLine, broken));
    }

    [Fact]
    public void Every_folder_within_a_folder_has_its_place()
    {
        var folders = typeof(AppServices)
            .Assembly.GetTypes()
            .Select(type => (type.Namespace ?? "").Split('.'))
            .Where(names => names is ["Serverless", "Functions", _, _, ..])
            .Select(names => $"{names[2]}/{names[3]}")
            .Distinct()
            .Order();
        var known = Within.SelectMany(parent => parent.Value.Select(folder => $"{parent.Key}/{folder}"));
        Assert.Equal(known.Order(), folders);
    }

    [Fact]
    public void Every_folder_has_its_place()
    {
        var folders = typeof(AppServices)
            .Assembly.GetTypes()
            .Select(type => type.Namespace ?? "")
            .Where(name => name.StartsWith(Root, StringComparison.Ordinal))
            .Select(name => name[Root.Length..].Split('.')[0])
            .Distinct()
            .Order();
        Assert.Equal(Order.Order(), folders);
    }

    [Fact]
    public void The_picture_in_the_README_shows_the_folders_in_this_order()
    {
        var picture = Repository.Read("functions", "README.md").Split("```mermaid")[1].Split("```")[0];
        var boxes = picture.Split('"').Where((_, number) => number % 2 == 1);
        Assert.Equal(Order, boxes.SelectMany(box => box.Split(" · ")));
    }

    /// <summary>The types of a folder that know another one.</summary>
    private static List<string?> Knowing(string folder, string other)
    {
        var edges = Types
            .InAssembly(typeof(AppServices).Assembly)
            .That()
            .ResideInNamespace(Root + folder)
            .ShouldNot()
            .HaveDependencyOnAny(Root + other)
            .GetResult();
        return [.. edges.FailingTypes?.Select(type => type.FullName) ?? []];
    }
}
