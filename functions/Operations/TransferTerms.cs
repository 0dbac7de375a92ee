using Microsoft.Extensions.Options;

namespace Serverless.Functions.Operations;

/// <summary>The currencies of a transfer, as ISO 4217 codes.</summary>
internal sealed record CurrencyPair(string Source, string Destination)
{
    /// <summary>What is sent.</summary>
    /// <example>USD</example>
    public string Source { get; init; } = Source;

    /// <summary>What arrives.</summary>
    /// <example>MXN</example>
    public string Destination { get; init; } = Destination;
}

/// <summary>The amounts of a transfer, in major units: <c>receive</c> is <c>send</c> × <c>rate</c>.</summary>
internal sealed record TransferAmount(decimal Send, decimal Receive, decimal Rate, decimal Fee, CurrencyPair Currency)
{
    /// <summary>What is exchanged, in the source currency, with two decimals: 1 to 10,000.</summary>
    /// <example>100.00</example>
    public decimal Send { get; init; } = Send;

    /// <summary>What is paid out, in the destination currency, with two decimals.</summary>
    /// <example>1705.00</example>
    public decimal Receive { get; init; } = Receive;

    /// <summary>Units of the destination currency for one of the source currency.</summary>
    /// <example>17.05</example>
    public decimal Rate { get; init; } = Rate;

    /// <summary>
    /// What the transfer costs, in the source currency, with two decimals. The person pays it on top.
    /// </summary>
    /// <example>3.99</example>
    public decimal Fee { get; init; } = Fee;

    /// <summary>The two currencies.</summary>
    public CurrencyPair Currency { get; init; } = Currency;
}

/// <summary>Computes the amounts of transfers.</summary>
internal sealed class TransferTerms(IOptions<TransferOptions> options)
{
    /// <summary>The least that can be sent.</summary>
    public const int MinSend = 1;

    /// <summary>The most that can be sent.</summary>
    public const int MaxSend = 10_000;

    /// <summary>How long a quote is kept to.</summary>
    public static readonly TimeSpan QuoteLifetime = TimeSpan.FromMinutes(10);

    /// <summary>The currencies of every transfer.</summary>
    public static readonly CurrencyPair Currency = new("USD", "MXN");

    public decimal Rate { get; } = options.Value.Rate;

    public decimal Fee { get; } = options.Value.Fee;

    /// <summary>How long a confirmed transfer can be cancelled before it goes to the payout rail.</summary>
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

    // Adding 0.00 sets the scale to two decimals, so that 100 is always written as 100.00.
    private static decimal InCents(decimal amount) => amount + 0.00m;
}
