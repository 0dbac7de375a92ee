using Serverless.Functions.Settings;

namespace Serverless.Functions.Operations;

/// <summary>What transfers cost.</summary>
internal sealed class TransferOptions
{
    /// <summary>Destination for one of source.</summary>
    [Setting("Operations:Rate")]
    public decimal Rate { get; init; } = 17.05m;

    /// <summary>In the source currency.</summary>
    [Setting("Operations:Fee")]
    public decimal Fee { get; init; } = 3.99m;

    /// <summary>How long after its confirmation a transfer waits before the payout rail gets it.</summary>
    [Setting("Operations:CancelWindow")]
    public TimeSpan CancelWindow { get; init; } = TimeSpan.FromSeconds(30);
}
