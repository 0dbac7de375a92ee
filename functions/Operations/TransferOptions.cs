using Serverless.Functions.Settings;

namespace Serverless.Functions.Operations;

/// <summary>Prices and timing of transfers.</summary>
internal sealed class TransferOptions
{
    /// <summary>Units of the destination currency for one of the source currency.</summary>
    [Setting("Operations:Rate")]
    public decimal Rate { get; init; } = 17.05m;

    /// <summary>The fee, in the source currency.</summary>
    [Setting("Operations:Fee")]
    public decimal Fee { get; init; } = 3.99m;

    /// <summary>How long a confirmed transfer can be cancelled before it goes to the payout rail.</summary>
    [Setting("Operations:CancelWindow")]
    public TimeSpan CancelWindow { get; init; } = TimeSpan.FromSeconds(30);
}
