using System.Text.Json;
using Serverless.Functions.Events;
using Serverless.Functions.Links;

namespace Serverless.Functions.Operations;

/// <summary>The member <c>data</c> of the operation events: common members, and what each event adds.</summary>
internal static class OperationEvents
{
    /// <summary>For the link's timeline and the index; no partner can subscribe to it.</summary>
    public const string ProcessingName = "operation.processing";

    public static OperationData Data(Operation operation, Link link) =>
        new()
        {
            LinkId = operation.Link.Value,
            UserId = operation.UserId,
            ReferenceId = operation.Owner.Reference.Value,
            OperationId = operation.Id.Value,
            Amount = operation.Amount,
            Status = operation.Status,
            CreatedAt = operation.CreatedAt,
            CompletedAt = operation.CompletedAt,
            FailedAt = operation.FailedAt,
            FailureReason = operation.FailureReason,
            CancelledAt = operation.CancelledAt,
            Reason = operation.CancelReason,
            Metadata = link.MetadataJson,
        };
}

/// <summary>A transfer, as it is since the event.</summary>
[EventData(PartnerEvents.OperationCreated)]
[EventData(PartnerEvents.OperationCancelled)]
[EventData(PartnerEvents.OperationCompleted)]
[EventData(PartnerEvents.OperationFailed)]
internal sealed record OperationData
{
    /// <summary>The link that it was confirmed with.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Our id of the person.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public required string OperationId { get; init; }

    /// <summary>What is sent, what arrives, and what it costs.</summary>
    public required TransferAmount Amount { get; init; }

    /// <summary>Where the transfer stands.</summary>
    /// <example>created</example>
    public required OperationStatus Status { get; init; }

    /// <summary>When the person confirmed it.</summary>
    /// <example>2026-11-29T14:06:30.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was paid out. Absent until then.</summary>
    /// <example>2026-11-29T14:07:10.000Z</example>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>When it failed. Absent where it did not.</summary>
    /// <example>2026-11-29T14:07:10.000Z</example>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>Why it failed, in English, for people. Absent where it did not.</summary>
    /// <example>The receiving institution refused the account.</example>
    public string? FailureReason { get; init; }

    /// <summary>When it was cancelled. Absent where it was not.</summary>
    /// <example>2026-11-29T14:06:50.000Z</example>
    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>
    /// Why it was cancelled, as the person gave it. Absent where none was given, and after an erasure.
    /// </summary>
    /// <example>Wrong account.</example>
    public string? Reason { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}
