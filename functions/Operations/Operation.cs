using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Operations;

/// <summary>A transfer as it is stored in its person's partition.</summary>
internal sealed record Operation : IRow<Operation>
{
    public static RowKind Kind { get; } =
        RowKind.Many("operation|", PersonalPart.Columns("Method", "CancelReason")) with
        {
            IsTraced = true,
        };

    public required PersonKey Owner { get; init; }
    public required OperationId Id { get; init; }
    public required LinkId Link { get; init; }
    public required string UserId { get; init; }

    /// <summary>The confirmed quote; confirming it again returns this operation.</summary>
    public required string QuoteId { get; init; }

    public required OperationStatus Status { get; init; }
    public required TransferAmount Amount { get; init; }

    /// <summary>
    /// The payment method at the time of confirmation, encrypted with the person's data key: a later change only
    /// affects later transfers. Null after an erasure.
    /// </summary>
    public required byte[]? SealedMethod { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the operation goes to the payout rail.</summary>
    public required DateTimeOffset CancellableUntil { get; init; }

    public DateTimeOffset? ProcessingAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public DateTimeOffset? FailedAt { get; init; }
    public string? FailureReason { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public string? CancelReason { get; init; }

    public static string RowKeyOf(OperationId id) => Kind.KeyOf(id);

    /// <summary>Purpose for encrypting the payment method.</summary>
    public static string MethodPurpose(OperationId id) => RowKeyOf(id);

    /// <summary>An operation of this person; null if it does not exist or was not read.</summary>
    public static Operation? Of(Person person, OperationId id) => person.Find<Operation>(RowKeyOf(id));

    /// <summary>The payment method in clear, as JSON; null when the person was erased.</summary>
    /// <param name="person">Whose operation it is.</param>
    /// <param name="ct">Cancels the call.</param>
    public async ValueTask<string?> ReadMethodAsync(Person person, CancellationToken ct) =>
        person.ErasedAt is null && SealedMethod is { } method
            ? await person.OpenAsync(method, MethodPurpose(Id), ct)
            : null;

    public static Operation FromRow(TableEntity row) =>
        new()
        {
            Owner = PersonKey.FromPartition(row.PartitionKey),
            Id = OperationId.FromStorage(Kind.IdIn(row.RowKey)),
            Link = LinkId.FromStorage(row.Text("LinkId")),
            UserId = row.Text("UserId"),
            QuoteId = row.Text("QuoteId"),
            Status = Enum.Parse<OperationStatus>(row.Text("Status")),
            Amount = JsonSerializer.Deserialize<TransferAmount>(row.Text("Amount"), StoredJson.Options)!,
            SealedMethod = row.GetBinary("Method"),
            CreatedAt = row.Time("CreatedAt"),
            CancellableUntil = row.Time("CancellableUntil"),
            ProcessingAt = row.GetDateTimeOffset("ProcessingAt"),
            CompletedAt = row.GetDateTimeOffset("CompletedAt"),
            FailedAt = row.GetDateTimeOffset("FailedAt"),
            FailureReason = row.GetString("FailureReason"),
            CancelledAt = row.GetDateTimeOffset("CancelledAt"),
            CancelReason = row.GetString("CancelReason"),
        };

    public TableEntity ToRow() =>
        new(Owner.Partition, RowKeyOf(Id))
        {
            ["LinkId"] = Link.Value,
            ["UserId"] = UserId,
            ["QuoteId"] = QuoteId,
            ["Status"] = Status.ToString(),
            // JSON text, because Table Storage has no decimal and a double is inexact.
            ["Amount"] = JsonSerializer.Serialize(Amount, StoredJson.Options),
            ["Method"] = SealedMethod,
            ["CreatedAt"] = CreatedAt,
            ["CancellableUntil"] = CancellableUntil,
            ["ProcessingAt"] = ProcessingAt,
            ["CompletedAt"] = CompletedAt,
            ["FailedAt"] = FailedAt,
            ["FailureReason"] = FailureReason,
            ["CancelledAt"] = CancelledAt,
            ["CancelReason"] = CancelReason,
        };
}
