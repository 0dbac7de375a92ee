using Serverless.Functions.Ids;

namespace Serverless.Functions.Operations;

/// <summary>A payout, as the rail is told of it and asked about it. No personal data.</summary>
/// <param name="Id">Names the payout: the same id again is the same payout.</param>
/// <param name="Amount">What is paid out, and what was sent for it.</param>
/// <param name="SubmittedAt">When the operation moved to processing.</param>
internal sealed record PayoutOrder(OperationId Id, TransferAmount Amount, DateTimeOffset SubmittedAt);

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
    /// <param name="order">What is to be paid.</param>
    /// <param name="method">To where: the payment method in clear, as JSON. Never stored, never logged.</param>
    /// <param name="ct">Cancels the call.</param>
    Task SubmitAsync(PayoutOrder order, string method, CancellationToken ct);

    /// <summary>Where a payout stands; one that never arrived at the rail has failed.</summary>
    Task<PayoutState> ReadAsync(PayoutOrder order, CancellationToken ct);
}
