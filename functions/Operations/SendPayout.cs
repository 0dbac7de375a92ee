using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Time;

namespace Serverless.Functions.Operations;

/// <summary>
/// Activity: hands an operation to the payout rail, unless it was cancelled or its person erased. The status changes
/// first, so that the operation can no longer be cancelled; after a crash between the two steps it is only handed over
/// again.
/// </summary>
internal sealed class SendPayout(OperationStore operations, IPayoutRail rail, TimeProvider time)
{
    public const string Name = nameof(SendPayout);

    [Function(Name)]
    public async Task<OperationStatus> RunAsync([ActivityTrigger] string operationId, CancellationToken ct)
    {
        var id = OperationId.FromStorage(operationId);
        var now = time.Now();
        var result = await operations.ChangeAsync(
            id,
            now,
            (person, operation, link) =>
            {
                if (!OperationTransitions.Allows(operation.Status, OperationStatus.Processing))
                    return null;
                if (person.ErasedAt is not null)
                    return CancelOperation.Execute(person, operation, link, "The person was erased.", now);
                var processing = operation with { Status = OperationStatus.Processing, ProcessingAt = now };
                person.Raise(
                    LinkEvents.New(
                        OperationEvents.ProcessingName,
                        link,
                        now,
                        OperationEvents.Data(processing, link),
                        id.Value
                    )
                );
                return processing;
            },
            ct
        );
        if (result is not var (current, _, person))
            throw new InvalidOperationException($"There is no operation '{id}'.");
        if (
            current is { Status: OperationStatus.Processing, ProcessingAt: { } submittedAt }
            && await current.ReadMethodAsync(person, ct) is { } method
        )
            await rail.SubmitAsync(new PayoutOrder(id, current.Amount, submittedAt), method, ct);
        return current.Status;
    }
}
