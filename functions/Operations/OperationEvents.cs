using Serverless.Functions.Links;

namespace Serverless.Functions.Operations;

/// <summary>The member <c>data</c> of the operation events: common members, and what each event adds.</summary>
internal static class OperationEvents
{
    /// <summary>For the link's timeline and the index; no partner can subscribe to it.</summary>
    public const string ProcessingName = "operation.processing";

    public static object Data(Operation operation, Link link) =>
        new
        {
            linkId = operation.Link.Value,
            userId = operation.UserId,
            referenceId = operation.Owner.Reference.Value,
            operationId = operation.Id.Value,
            amount = operation.Amount,
            status = operation.Status,
            createdAt = operation.CreatedAt,
            completedAt = operation.CompletedAt,
            failedAt = operation.FailedAt,
            failureReason = operation.FailureReason,
            cancelledAt = operation.CancelledAt,
            reason = operation.CancelReason,
            metadata = link.MetadataJson,
        };
}
