using System.Text.Json;

namespace Serverless.Functions.Operations;

/// <summary>What the person pays: the sum that is sent and the fee.</summary>
internal sealed record FundingView(decimal Amount, string Currency);

/// <summary>How it is paid out: only as much of the method as is needed to recognise it.</summary>
internal sealed record PayoutView(string Type, string? Country, string? Last4)
{
    /// <summary>The view of a validated payment method.</summary>
    public static PayoutView Of(string method)
    {
        using var document = JsonDocument.Parse(method);
        var type = document.RootElement.GetProperty("type").GetString()!;
        return document.RootElement.TryGetProperty("bankAccount", out var account)
            ? new PayoutView(
                type,
                account.GetProperty("country").GetString(),
                account.GetProperty("accountNumber").GetString()![^4..]
            )
            : new PayoutView(type, null, null);
    }
}

/// <summary>A transfer in answers.</summary>
internal sealed record OperationView
{
    public required string OperationId { get; init; }
    public required string UserId { get; init; }
    public required string LinkId { get; init; }
    public required OperationStatus Status { get; init; }
    public required TransferAmount Amount { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string ReferenceId { get; init; }
    public required FundingView Funding { get; init; }
    public PayoutView? Payout { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public DateTimeOffset? FailedAt { get; init; }
    public string? FailureReason { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public string? CancelReason { get; init; }

    /// <param name="operation">The transfer.</param>
    /// <param name="method">Its payment method in clear; null when the person was erased.</param>
    public static OperationView Of(Operation operation, string? method) =>
        new()
        {
            OperationId = operation.Id.Value,
            UserId = operation.UserId,
            LinkId = operation.Link.Value,
            Status = operation.Status,
            Amount = operation.Amount,
            CreatedAt = operation.CreatedAt,
            ReferenceId = operation.Owner.Reference.Value,
            Funding = new FundingView(operation.Amount.Send + operation.Amount.Fee, operation.Amount.Currency.Source),
            Payout = method is null ? null : PayoutView.Of(method),
            CompletedAt = operation.CompletedAt,
            FailedAt = operation.FailedAt,
            FailureReason = operation.FailureReason,
            CancelledAt = operation.CancelledAt,
            CancelReason = operation.CancelReason,
        };
}
