namespace Serverless.Functions.Statistics;

/// <summary>What happened over some days.</summary>
internal sealed record StatisticsView
{
    /// <summary>The first day, in UTC.</summary>
    /// <example>2026-11-01</example>
    public required DateOnly From { get; init; }

    /// <summary>The last day, in UTC: today.</summary>
    /// <example>2026-11-30</example>
    public required DateOnly To { get; init; }

    /// <summary>What happened to links over all days.</summary>
    public required LinkStatistics Links { get; init; }

    /// <summary>
    /// How long it took from a link's first opening to its completion: the links that were completed, by the time that
    /// they took, the shortest first.
    /// </summary>
    public required IReadOnlyList<CompletionTime> CompletionTimes { get; init; }

    /// <summary>What happened to data requests over all days.</summary>
    public required DataRequestStatistics DataRequests { get; init; }

    /// <summary>How webhooks fared over all days.</summary>
    public required DeliveryStatistics Deliveries { get; init; }

    /// <summary>The same day by day, the oldest first. A day on which nothing happened is there, too.</summary>
    public required IReadOnlyList<StatisticsDay> Days { get; init; }

    /// <summary>The counts of these days.</summary>
    public static StatisticsView Of(IReadOnlyList<DateOnly> days, ILookup<DateOnly, DayCount> counts)
    {
        var all = new Counts(counts.SelectMany(day => day));
        return new StatisticsView
        {
            From = days[0],
            To = days[^1],
            Links = LinkStatistics.Of(all),
            CompletionTimes =
            [
                .. from one in Statistics.CompletionTimes.Classes
                select new CompletionTime { UpToMinutes = (int?)one.UpTo?.TotalMinutes, Links = all[one.Measure] },
            ],
            DataRequests = DataRequestStatistics.Of(all),
            Deliveries = DeliveryStatistics.Of(all),
            Days =
            [
                .. from day in days
                let those = new Counts(counts[day])
                select new StatisticsDay
                {
                    Day = day,
                    Links = LinkStatistics.Of(those),
                    DataRequests = DataRequestStatistics.Of(those),
                    Deliveries = DeliveryStatistics.Of(those),
                },
            ],
        };
    }
}

/// <summary>What happened on a day.</summary>
internal sealed record StatisticsDay
{
    /// <summary>The day, in UTC.</summary>
    /// <example>2026-11-30</example>
    public required DateOnly Day { get; init; }

    /// <summary>What happened to links.</summary>
    public required LinkStatistics Links { get; init; }

    /// <summary>What happened to data requests.</summary>
    public required DataRequestStatistics DataRequests { get; init; }

    /// <summary>How webhooks fared.</summary>
    public required DeliveryStatistics Deliveries { get; init; }
}

/// <summary>How many links came to each status. A link counts once in each that it came to.</summary>
internal sealed record LinkStatistics
{
    /// <summary>Created.</summary>
    /// <example>120</example>
    public required int Created { get; init; }

    /// <summary>Opened for the first time.</summary>
    /// <example>96</example>
    public required int Opened { get; init; }

    /// <summary>Came to the step after which they can no longer be revoked.</summary>
    /// <example>80</example>
    public required int InProgress { get; init; }

    /// <summary>Completed by a confirmed transfer.</summary>
    /// <example>71</example>
    public required int Completed { get; init; }

    /// <summary>Expired without a transfer.</summary>
    /// <example>40</example>
    public required int Expired { get; init; }

    /// <summary>Revoked by you, or with the erasure of their person.</summary>
    /// <example>4</example>
    public required int Revoked { get; init; }

    public static LinkStatistics Of(Counts counts) =>
        new()
        {
            Created = counts[Measure.LinksCreated],
            Opened = counts[Measure.LinksOpened],
            InProgress = counts[Measure.LinksInProgress],
            Completed = counts[Measure.LinksCompleted],
            Expired = counts[Measure.LinksExpired],
            Revoked = counts[Measure.LinksRevoked],
        };
}

/// <summary>A class of the time from opening to completion.</summary>
internal sealed record CompletionTime
{
    /// <summary>
    /// The longest time of this class, in minutes; it begins where the class before ends. Absent in the last one:
    /// longer.
    /// </summary>
    /// <example>5</example>
    public int? UpToMinutes { get; init; }

    /// <summary>The links that took so long.</summary>
    /// <example>31</example>
    public required int Links { get; init; }
}

/// <summary>
/// How data requests ended. Each ends once: what <c>asked</c> has beyond the others is still open, or its link was
/// revoked or completed before an answer.
/// </summary>
internal sealed record DataRequestStatistics
{
    /// <summary>Asked of you.</summary>
    /// <example>60</example>
    public required int Asked { get; init; }

    /// <summary>Answered by <c>PUT</c>, in time.</summary>
    /// <example>21</example>
    public required int Answered { get; init; }

    /// <summary>Answered in your response to the webhook.</summary>
    /// <example>18</example>
    public required int AnsweredInResponse { get; init; }

    /// <summary>
    /// The person came to the step before your answer, and the page asked instead, even if you answered later.
    /// </summary>
    /// <example>12</example>
    public required int FellBack { get; init; }

    /// <summary>Nobody was asked any more: the link expired first.</summary>
    /// <example>6</example>
    public required int Expired { get; init; }

    public static DataRequestStatistics Of(Counts counts) =>
        new()
        {
            Asked = counts[Measure.RequestsAsked],
            Answered = counts[Measure.RequestsAnswered],
            AnsweredInResponse = counts[Measure.RequestsAnsweredInResponse],
            FellBack = counts[Measure.RequestsFellBack],
            Expired = counts[Measure.RequestsExpired],
        };
}

/// <summary>How deliveries of webhooks ended, on the day of their last attempt. A replay ends once more.</summary>
internal sealed record DeliveryStatistics
{
    /// <summary>Your receiver answered 2xx, at the first attempt or at a later one.</summary>
    /// <example>402</example>
    public required int Delivered { get; init; }

    /// <summary>All attempts failed, or the endpoint was off.</summary>
    /// <example>3</example>
    public required int Failed { get; init; }

    /// <summary>No longer needed: what it asked for was settled before it was delivered.</summary>
    /// <example>1</example>
    public required int Superseded { get; init; }

    public static DeliveryStatistics Of(Counts counts) =>
        new()
        {
            Delivered = counts[Measure.DeliveriesDelivered],
            Failed = counts[Measure.DeliveriesFailed],
            Superseded = counts[Measure.DeliveriesSuperseded],
        };
}

/// <summary>The sums of some counts.</summary>
internal sealed class Counts(IEnumerable<DayCount> counted)
{
    private readonly List<DayCount> _counted = [.. counted];

    public int this[Measure measure] => _counted.Sum(count => count.Counts.GetValueOrDefault(measure));
}
