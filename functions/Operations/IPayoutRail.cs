using Serverless.Functions.Ids;

namespace Serverless.Functions.Operations;

/// <summary>A payout in calls to the rail. No personal data.</summary>
/// <param name="Id">Identifies the payout; the rail must treat it as idempotency key.</param>
/// <param name="Amount">The amount to pay out, and the amount that was sent.</param>
/// <param name="SubmittedAt">When the operation moved to processing.</param>
internal sealed record PayoutOrder(OperationId Id, TransferAmount Amount, DateTimeOffset SubmittedAt);

/// <summary>State of a payout, as the rail reports it.</summary>
internal abstract record PayoutState
{
    /// <summary>Not finished.</summary>
    public sealed record Pending : PayoutState;

    /// <summary>The money arrived.</summary>
    public sealed record Completed(DateTimeOffset At) : PayoutState;

    /// <summary>The money did not arrive and will not.</summary>
    public sealed record Failed(DateTimeOffset At, string Reason) : PayoutState;
}

/// <summary>Interface to the payout provider.</summary>
internal interface IPayoutRail
{
    /// <summary>Hands a payout over. May be called again after a crash: each id is only paid once.</summary>
    /// <param name="order">The payout.</param>
    /// <param name="method">The destination: the payment method in clear, as JSON. Never stored, never logged.</param>
    /// <param name="ct">Cancels the call.</param>
    Task SubmitAsync(PayoutOrder order, string method, CancellationToken ct);

    /// <summary>The current state of a payout; one that never arrived at the rail counts as failed.</summary>
    Task<PayoutState> ReadAsync(PayoutOrder order, CancellationToken ct);
}
