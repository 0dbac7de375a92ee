namespace Serverless.Functions.Operations;

/// <summary>
/// Pays nobody: the cents of the sent amount decide what happens. <c>.13</c> fails, <c>.14</c> completes after ten
/// minutes, everything else after five seconds (/docs/test-values#amounts-the-cents-decide). It keeps no state: the
/// result follows from the order and the time, so it survives a restart.
/// </summary>
internal sealed class SandboxPayoutRail(TimeProvider time) : IPayoutRail
{
    public const decimal FailingCents = 0.13m;
    public const decimal SlowCents = 0.14m;
    public const string FailureReason = "The receiving institution refused the account (sandbox: cents of .13).";

    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan Slow = TimeSpan.FromMinutes(10);

    public Task SubmitAsync(PayoutOrder order, string method, CancellationToken ct) => Task.CompletedTask;

    public Task<PayoutState> ReadAsync(PayoutOrder order, CancellationToken ct) =>
        Task.FromResult(StateOf(order.Amount.Send, order.SubmittedAt, time.GetUtcNow()));

    /// <summary>The state of a payout at a given time.</summary>
    public static PayoutState StateOf(decimal send, DateTimeOffset submittedAt, DateTimeOffset now)
    {
        var cents = send - decimal.Truncate(send);
        var doneAt = submittedAt + (cents == SlowCents ? Slow : Usual);
        if (now < doneAt)
            return new PayoutState.Pending();
        return cents == FailingCents
            ? new PayoutState.Failed(doneAt, FailureReason)
            : new PayoutState.Completed(doneAt);
    }
}
