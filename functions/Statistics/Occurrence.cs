using Serverless.Functions.Ids;

namespace Serverless.Functions.Statistics;

/// <summary>Something that happened, to be counted once.</summary>
/// <param name="Partner">Whose.</param>
/// <param name="Id">Names it among all that is counted of the partner on its day.</param>
/// <param name="At">When it happened, which is the same however often it is handed in. Its day in UTC has the
/// count.</param>
/// <param name="Measures">What it counts as.</param>
internal sealed record Occurrence(PartnerId Partner, string Id, DateTimeOffset At, IReadOnlyList<Measure> Measures)
{
    public DateOnly Day => DateOnly.FromDateTime(At.UtcDateTime);
}
