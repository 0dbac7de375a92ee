using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Links;

namespace Serverless.Functions.DataRequests;

/// <summary>Activity: has the person already reached the step that needs the data?</summary>
internal sealed class FindStepReached(LinkStore links)
{
    public const string Name = nameof(FindStepReached);

    [Function(Name)]
    public async Task<bool> RunAsync([ActivityTrigger] string dataRequestId, CancellationToken ct) =>
        DataRequestId.TryParse(dataRequestId, out var id) && await links.FindAsync(id.Link, ct) is { Link.InProgressAt: not null };
}
