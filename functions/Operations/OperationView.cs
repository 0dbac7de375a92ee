using System.Text.Json;

namespace Serverless.Functions.Operations;

/// <summary>What the person pays: the sum that is sent, and the fee.</summary>
internal sealed record FundingView
{
    /// <summary>In major units, with two decimals.</summary>
    /// <example>103.99</example>
    public required decimal Amount { get; init; }

    /// <summary>ISO 4217 code.</summary>
    /// <example>USD</example>
    public required string Currency { get; init; }
}

/// <summary>How a transfer is paid out: only as much of the method as is needed to recognise it.</summary>
internal sealed record PayoutView
{
    /// <summary><c>bank_account</c> or <c>cash</c>.</summary>
    /// <example>bank_account</example>
    public required string Type { get; init; }

    /// <summary>The country of the bank account, as ISO 3166-1 alpha-2. Absent for cash.</summary>
    /// <example>MX</example>
    public string? Country { get; init; }

    /// <summary>The last four digits of the account. Absent for cash.</summary>
    /// <example>9719</example>
    public string? Last4 { get; init; }

    /// <summary>The view of a validated payment method.</summary>
    public static PayoutView Of(string method)
    {
        using var document = JsonDocument.Parse(method);
        var type = document.RootElement.GetProperty("type").GetString()!;
        return document.RootElement.TryGetProperty("bankAccount", out var account)
            ? new PayoutView
            {
                Type = type,
                Country = account.GetProperty("country").GetString(),
                Last4 = account.GetProperty("accountNumber").GetString()![^4..],
            }
            : new PayoutView { Type = type };
    }
}

/// <summary>A transfer.</summary>
internal sealed record OperationView
{
    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public required string OperationId { get; init; }

    /// <summary>Our id of the person.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>The link that it was confirmed with.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Where the transfer stands.</summary>
    /// <example>completed</example>
    public required OperationStatus Status { get; init; }

    /// <summary>What is sent, what arrives, and what it costs.</summary>
    public required TransferAmount Amount { get; init; }

    /// <summary>When the person confirmed it.</summary>
    /// <example>2026-11-29T14:06:30.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>What the person pays.</summary>
    public required FundingView Funding { get; init; }

    /// <summary>How it is paid out. Absent after an erasure.</summary>
    public PayoutView? Payout { get; init; }

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

    /// <summary>Why, as the person gave it. Absent where none was given, and after an erasure.</summary>
    /// <example>Wrong account.</example>
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
            Funding = new FundingView
            {
                Amount = operation.Amount.Send + operation.Amount.Fee,
                Currency = operation.Amount.Currency.Source,
            },
            Payout = method is null ? null : PayoutView.Of(method),
            CompletedAt = operation.CompletedAt,
            FailedAt = operation.FailedAt,
            FailureReason = operation.FailureReason,
            CancelledAt = operation.CancelledAt,
            CancelReason = operation.CancelReason,
        };
}
