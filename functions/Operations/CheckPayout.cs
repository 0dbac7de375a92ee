using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Time;

namespace Serverless.Functions.Operations;

/// <summary>
/// Activity: asks the payout rail for a payout's state; if it has ended, sets the operation to completed or failed.
/// </summary>
internal sealed class CheckPayout(OperationStore operations, IPayoutRail rail, TimeProvider time)
{
    public const string Name = nameof(CheckPayout);

    [Function(Name)]
    public async Task<OperationStatus> RunAsync([ActivityTrigger] string operationId, CancellationToken ct)
    {
        var id = OperationId.FromStorage(operationId);
        if (await operations.FindAsync(id, ct) is not var (found, person))
            throw new InvalidOperationException($"There is no operation '{id}'.");
        if (found is not { Status: OperationStatus.Processing, ProcessingAt: { } submittedAt })
            return found.Status;
        var state = await rail.ReadAsync(new PayoutOrder(id, found.Amount, submittedAt), ct);
        if (state is PayoutState.Pending)
            return found.Status;

        var now = time.Now();
        var result = await operations.ChangeAsync(
            id,
            now,
            (owner, operation, link) =>
            {
                var ended = state switch
                {
                    PayoutState.Completed completed => operation with
                    {
                        Status = OperationStatus.Completed,
                        CompletedAt = completed.At,
                    },
                    PayoutState.Failed failed => operation with
                    {
                        Status = OperationStatus.Failed,
                        FailedAt = failed.At,
                        FailureReason = failed.Reason,
                    },
                    _ => operation,
                };
                if (!OperationTransitions.Allows(operation.Status, ended.Status))
                    return null;
                var name =
                    ended.Status == OperationStatus.Completed
                        ? PartnerEvents.OperationCompleted
                        : PartnerEvents.OperationFailed;
                owner.Raise(LinkEvents.New(name, link, now, OperationEvents.Data(ended, link), id.Value));
                return ended;
            },
            ct,
            read: person
        );
        return result!.Value.Operation.Status;
    }
}
