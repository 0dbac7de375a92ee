namespace Serverless.Functions.Operations;

/// <summary>
/// Where no rail is connected (production, until one is): a transfer stays in processing; nothing is ever said to have
/// been paid that was not.
/// </summary>
internal sealed class HoldEveryPayout : IPayoutRail
{
    public Task SubmitAsync(PayoutOrder order, string method, CancellationToken ct) => Task.CompletedTask;

    public Task<PayoutState> ReadAsync(PayoutOrder order, CancellationToken ct) =>
        Task.FromResult<PayoutState>(new PayoutState.Pending());
}
