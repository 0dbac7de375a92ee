namespace Serverless.Functions.Eligibility;

/// <summary>
/// How much a person can transfer now. Amounts are decimal strings with two decimals in the currency of the request,
/// rounded so that they never promise too much.
/// </summary>
internal sealed record LimitsView
{
    /// <summary>The currency of all amounts: that of the request.</summary>
    /// <example>EUR</example>
    public required string Fiat { get; init; }

    /// <summary>The limits of a single transaction.</summary>
    public required TransactionLimitView PerTransaction { get; init; }

    /// <summary>The limits of all transactions of a period, each of which ends now.</summary>
    public required WindowsView Windows { get; init; }

    /// <summary>The tiers, lowest first. A transaction belongs to the first one that takes its amount.</summary>
    public required IReadOnlyList<TierView> Tiers { get; init; }

    /// <param name="assessment">The person's limits, in the currency of the rules.</param>
    /// <param name="fiat">The currency to show them in.</param>
    /// <param name="rate">What one unit of it is worth in the currency of the rules.</param>
    public static LimitsView Of(Assessment assessment, string fiat, decimal rate)
    {
        var single = assessment.Windows[0];
        return new LimitsView
        {
            Fiat = fiat,
            PerTransaction = new TransactionLimitView
            {
                Min = Money.RoundUp(assessment.Min / rate),
                Max = Down(single.Limit),
                Source = single.Source,
            },
            Windows = new WindowsView
            {
                Daily = Show("daily"),
                Weekly = Show("weekly"),
                Monthly = Show("monthly"),
                Annual = Show("annual"),
            },
            Tiers =
            [
                .. assessment.Tiers.Select(tier => new TierView
                {
                    Name = tier.Tier.Name,
                    Max = Down(tier.Max),
                    Requirements = tier.Missing,
                }),
            ],
        };

        WindowView Show(string name)
        {
            var state = assessment.Windows.Single(state => state.Window.Name == name);
            return new WindowView
            {
                Limit = Down(state.Limit),
                Used = Money.RoundUp(state.Used / rate),
                Remaining = Down(state.Remaining),
                Source = state.Source,
            };
        }

        string? Down(decimal? amount) => amount is { } limited ? Money.RoundDown(limited / rate) : null;
    }
}

/// <summary>The limits of a single transaction.</summary>
internal sealed record TransactionLimitView
{
    /// <summary>The smallest amount.</summary>
    /// <example>10.00</example>
    public required string Min { get; init; }

    /// <summary>The largest amount. Absent where there is no limit.</summary>
    /// <example>25000.00</example>
    public string? Max { get; init; }

    /// <summary>
    /// Whose limit <c>max</c> is, the tighter of the two: <c>provider</c>, or <c>tier</c> for that of the highest tier.
    /// Absent where there is no limit.
    /// </summary>
    /// <example>provider</example>
    public LimitSource? Source { get; init; }
}

/// <summary>The limits of all transactions of a period.</summary>
internal sealed record WindowsView
{
    /// <summary>The last 24 hours.</summary>
    public required WindowView Daily { get; init; }

    /// <summary>The last 7 days.</summary>
    public required WindowView Weekly { get; init; }

    /// <summary>The last 30 days.</summary>
    public required WindowView Monthly { get; init; }

    /// <summary>The last 365 days.</summary>
    public required WindowView Annual { get; init; }
}

/// <summary>A limit over a period, and how much of it is used.</summary>
internal sealed record WindowView
{
    /// <summary>The most that may be transferred in the period. Absent where there is no limit.</summary>
    /// <example>25000.00</example>
    public string? Limit { get; init; }

    /// <summary>What was transferred in the period, with all references of the person.</summary>
    /// <example>92.00</example>
    public required string Used { get; init; }

    /// <summary>What is left of the limit. Absent where there is no limit.</summary>
    /// <example>24908.00</example>
    public string? Remaining { get; init; }

    /// <summary>
    /// Whose limit it is, the tighter of the two: <c>provider</c>, or <c>tier</c> for that of the highest tier. Absent
    /// where there is no limit.
    /// </summary>
    /// <example>provider</example>
    public LimitSource? Source { get; init; }
}

/// <summary>A tier: larger amounts need more of a person's data.</summary>
internal sealed record TierView
{
    /// <summary>The tier's name, usually <c>express</c>, <c>standard</c> or <c>additional</c>.</summary>
    /// <example>standard</example>
    public required string Name { get; init; }

    /// <summary>
    /// The largest amount that the tier takes now; <c>0.00</c>: none. Absent where it has no limit.
    /// </summary>
    /// <example>8908.00</example>
    public string? Max { get; init; }

    /// <summary>What the tier still needs of this person, as in eligibility; empty if nothing.</summary>
    /// <example>["PURPOSE_OF_TX"]</example>
    public required IReadOnlyList<string> Requirements { get; init; }
}
