using Serverless.Functions.Events;
using Serverless.Functions.Links;
using Serverless.Functions.Users;

namespace Serverless.Functions.Operations;

/// <summary>Cancels an operation before the payout rail has it.</summary>
internal static class CancelOperation
{
    /// <summary>The cancelled operation, with its event; null when it is too late.</summary>
    public static Operation? Execute(Person person, Operation operation, Link link, string? reason, DateTimeOffset now)
    {
        if (!OperationTransitions.Allows(operation.Status, OperationStatus.Cancelled))
            return null;
        var cancelled = operation with { Status = OperationStatus.Cancelled, CancelledAt = now, CancelReason = reason };
        person.Raise(
            LinkEvents.New(
                PartnerEvents.OperationCancelled,
                link,
                now,
                OperationEvents.Data(cancelled, link),
                operation.Id.Value
            )
        );
        return cancelled;
    }
}
