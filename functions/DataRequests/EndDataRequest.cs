using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Statistics;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>
/// Activity: reads from the tables how a data request ended. If both request and link are still open, it falls back:
/// from then on the widget asks the person, and a late answer of the partner is still accepted.
/// </summary>
internal sealed class EndDataRequest(PersonStore persons, LinkIndex index, Tally tally, TimeProvider time)
{
    public const string Name = nameof(EndDataRequest);

    [Function(Name)]
    public async Task<DataRequestEnding> RunAsync([ActivityTrigger] string dataRequestId, CancellationToken ct)
    {
        if (
            !DataRequestId.TryParse(dataRequestId, out var id)
            || await index.FindOwnerAsync(id.Link, ct) is not { } owner
        )
            return DataRequestEnding.Cancelled;
        DateTimeOffset? fellBackAt = null;
        var ending = await persons.ChangeAsync(
            owner,
            [DataRequest.RowKeyOf(id), Link.RowKeyOf(id.Link)],
            person =>
            {
                var now = time.Now();
                if (person.Request(id) is not { } request || person.Link(id.Link) is not { } link)
                    return Task.FromResult(DataRequestEnding.Cancelled);
                fellBackAt = request.FellBackAt;
                switch (request.StatusAt(now), link.StatusAt(now))
                {
                    case (DataRequestStatus.Fulfilled, _):
                        return Task.FromResult(DataRequestEnding.Fulfilled);
                    case (DataRequestStatus.Expired, _) or (_, LinkStatus.Expired):
                        return Task.FromResult(DataRequestEnding.Expired);
                    case (DataRequestStatus.Cancelled, _) or (_, LinkStatus.Revoked or LinkStatus.Completed):
                        return Task.FromResult(DataRequestEnding.Cancelled);
                }
                if (fellBackAt is null)
                {
                    fellBackAt = now;
                    person.Put((request with { FellBackAt = now }), now);
                }
                return Task.FromResult(DataRequestEnding.FellBackToWidget);
            },
            ct
        );
        // No event tells of it. A repetition after a crash finds when it was, whatever came since.
        if (fellBackAt is { } at)
            await tally.CountAsync(
                new Occurrence(owner.Partner, $"{id}|fell-back", at, [Measure.RequestsFellBack]),
                ct
            );
        return ending;
    }
}
