using Serverless.Functions.Events;

namespace Serverless.Functions.Statistics;

/// <summary>What is counted, each day for each partner: the columns of the table Statistics.</summary>
internal enum Measure
{
    LinksCreated,
    LinksOpened,
    LinksInProgress,
    LinksCompleted,
    LinksExpired,
    LinksRevoked,

    /// <summary>A partner was asked for data.</summary>
    RequestsAsked,

    /// <summary>It answered by PUT.</summary>
    RequestsAnswered,

    /// <summary>It answered in the webhook's response.</summary>
    RequestsAnsweredInResponse,

    /// <summary>The person was asked instead, whatever came later.</summary>
    RequestsFellBack,

    /// <summary>Nobody answered before the link's end.</summary>
    RequestsExpired,

    DeliveriesDelivered,
    DeliveriesFailed,
    DeliveriesSuperseded,

    // From a link's opening to its completion: CompletionTimes has their limits.
    CompletedWithin1,
    CompletedWithin2,
    CompletedWithin5,
    CompletedWithin10,
    CompletedWithin30,
    CompletedWithin60,
    CompletedLater,
}

/// <summary>Which events are counted, and as what.</summary>
internal static class Measures
{
    private static readonly Dictionary<string, Measure> ByEvent = new()
    {
        [PartnerEvents.LinkCreated] = Measure.LinksCreated,
        [PartnerEvents.LinkOpened] = Measure.LinksOpened,
        [PartnerEvents.LinkInProgress] = Measure.LinksInProgress,
        [PartnerEvents.LinkCompleted] = Measure.LinksCompleted,
        [PartnerEvents.LinkExpired] = Measure.LinksExpired,
        [PartnerEvents.LinkRevoked] = Measure.LinksRevoked,
        [PartnerEvents.DataRequest] = Measure.RequestsAsked,
    };

    /// <summary>What an event counts as: by its name, and by what its row says beyond that.</summary>
    public static IReadOnlyList<Measure> Of(EventRow happened)
    {
        var measures = new List<Measure>();
        if (ByEvent.TryGetValue(happened.Name, out var measure))
            measures.Add(measure);
        if (happened.CountedAs is { } also)
            measures.Add(Enum.Parse<Measure>(also));
        return measures;
    }
}

/// <summary>The classes of the time from a link's opening to its completion.</summary>
internal static class CompletionTimes
{
    /// <summary>The classes, the shortest first; the last one has no limit.</summary>
    public static IReadOnlyList<(Measure Measure, TimeSpan? UpTo)> Classes { get; } =
    [
        (Measure.CompletedWithin1, TimeSpan.FromMinutes(1)),
        (Measure.CompletedWithin2, TimeSpan.FromMinutes(2)),
        (Measure.CompletedWithin5, TimeSpan.FromMinutes(5)),
        (Measure.CompletedWithin10, TimeSpan.FromMinutes(10)),
        (Measure.CompletedWithin30, TimeSpan.FromMinutes(30)),
        (Measure.CompletedWithin60, TimeSpan.FromMinutes(60)),
        (Measure.CompletedLater, null),
    ];

    public static Measure ClassOf(TimeSpan time) => Classes.First(one => one.UpTo is null || time <= one.UpTo).Measure;
}
