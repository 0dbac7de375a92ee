namespace Serverless.Functions.Operations;

/// <summary>What the rail is told of a transfer. A class, so that it never prints the account.</summary>
/// <param name="id">Names the payout: the same id again is the same payout.</param>
/// <param name="amount">What is paid out, and what was sent for it.</param>
/// <param name="method">The payment method in clear, as JSON.</param>
/// <param name="submittedAt">When the operation was handed over.</param>
internal sealed class PayoutOrder(OperationId id, TransferAmount amount, string method, DateTimeOffset submittedAt)
{
    public OperationId Id => id;
    public TransferAmount Amount => amount;
    public string Method => method;
    public DateTimeOffset SubmittedAt => submittedAt;
}

/// <summary>What the rail says of a payout.</summary>
internal abstract record PayoutState
{
    /// <summary>Under way.</summary>
    public sealed record Pending : PayoutState;

    /// <summary>The money arrived.</summary>
    public sealed record Completed(DateTimeOffset At) : PayoutState;

    /// <summary>It did not and will not.</summary>
    public sealed record Failed(DateTimeOffset At, string Reason) : PayoutState;
}

/// <summary>The edge to whoever pays out.</summary>
internal interface IPayoutRail
{
    /// <summary>Hands a payout over. Called again after a crash: one id is paid once.</summary>
    Task SubmitAsync(PayoutOrder order, CancellationToken ct);

    /// <summary>Where a payout stands that was handed over.</summary>
    Task<PayoutState> ReadAsync(PayoutOrder order, CancellationToken ct);
}
