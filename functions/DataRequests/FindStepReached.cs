using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>Activity: has the person already reached the step that needs the data, or has the request ended?</summary>
internal sealed class FindStepReached(PersonStore persons, LinkIndex index, TimeProvider time)
{
    public const string Name = nameof(FindStepReached);

    [Function(Name)]
    public async Task<DataRequestProgress> RunAsync([ActivityTrigger] string dataRequestId, CancellationToken ct)
    {
        if (!DataRequestId.TryParse(dataRequestId, out var id))
            return DataRequestProgress.Ended;
        if (await index.FindOwnerAsync(id.Link, ct) is not { } owner)
            return DataRequestProgress.Ended;
        var person = await persons.ReadAsync(owner, [DataRequest.RowKeyOf(id), Link.RowKeyOf(id.Link)], ct);
        if (person.Request(id)?.StatusAt(time.GetUtcNow()) != DataRequestStatus.Pending)
            return DataRequestProgress.Ended;
        var isReached = person.Link(id.Link)?.InProgressAt is not null;
        return isReached ? DataRequestProgress.StepReached : DataRequestProgress.Waiting;
    }
}
