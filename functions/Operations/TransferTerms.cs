using Microsoft.Extensions.Options;

namespace Serverless.Functions.Operations;

/// <summary>ISO 4217 codes.</summary>
internal sealed record CurrencyPair(string Source, string Destination);

/// <summary>
/// What a transfer moves, in major units. The fee comes on top of what is sent.
/// </summary>
/// <param name="Send">What is exchanged, in the source currency.</param>
/// <param name="Receive">What is paid out, in the destination currency.</param>
/// <param name="Rate">Destination for one of source.</param>
/// <param name="Fee">In the source currency.</param>
/// <param name="Currency">Both currencies.</param>
internal sealed record TransferAmount(decimal Send, decimal Receive, decimal Rate, decimal Fee, CurrencyPair Currency);

/// <summary>What transfers cost.</summary>
internal sealed class TransferTerms(IOptions<TransferOptions> options)
{
    /// <summary>The least that can be sent.</summary>
    public const decimal MinSend = 1;

    /// <summary>The most that can be sent.</summary>
    public const decimal MaxSend = 10_000;

    /// <summary>How long a quote is kept to.</summary>
    public static readonly TimeSpan QuoteLifetime = TimeSpan.FromMinutes(10);

    /// <summary>What every transfer is from and to.</summary>
    public static readonly CurrencyPair Currency = new("USD", "MXN");

    public decimal Rate { get; } = options.Value.Rate;

    public decimal Fee { get; } = options.Value.Fee;

    /// <summary>How long after its confirmation a transfer waits before the payout rail gets it.</summary>
    public TimeSpan CancelWindow { get; } = options.Value.CancelWindow;

    /// <summary>The amounts for a sum to send: receive is send × rate, rounded half away from zero to cents.</summary>
    public TransferAmount For(decimal send) =>
        new(
            InCents(send),
            InCents(decimal.Round(send * Rate, 2, MidpointRounding.AwayFromZero)),
            Rate,
            InCents(Fee),
            Currency
        );

    // Adding 0.00 gives two decimals, so that 100 is written as 100.00 wherever it came from.
    private static decimal InCents(decimal amount) => amount + 0.00m;
}
