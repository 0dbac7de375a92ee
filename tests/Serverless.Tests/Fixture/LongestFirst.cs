using Serverless.Tests;
using Serverless.Tests.Crashes;
using Serverless.Tests.Desk;
using Serverless.Tests.Docs;
using Serverless.Tests.Portal;
using Serverless.Tests.Webhooks;
using Serverless.Tests.Widget;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Serverless.Tests;

/// <summary>
/// Starts the classes that take a minute or more before all others: one of them begun last would run alone, while the
/// other core has nothing left to do.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        .. new[]
        {
            typeof(DeliveryCrashTests),
            typeof(DocsBrowserTests),
            typeof(IsolationTests),
            typeof(CrashTests),
            typeof(ScreensTests),
            typeof(DeskBrowserTests),
            typeof(PortalBrowserTests),
            typeof(NetworkTests),
            typeof(DataRequestCrashTests),
            typeof(MergeCrashTests),
            typeof(PartnerAnswerTests),
            typeof(OtherScreensTests),
            typeof(HostedKycTests),
            typeof(DeliveryLawTests),
            typeof(JourneyTests),
        }.Select(type => $" {type.FullName} "),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(
        IReadOnlyCollection<TTestCollection> testCollections
    )
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => RankOf(collection.TestCollectionDisplayName))];

    private static int RankOf(string name)
    {
        var rank = Array.FindIndex(Long, type => name.Contains(type, StringComparison.Ordinal));
        return rank < 0 ? Long.Length : rank;
    }
}
