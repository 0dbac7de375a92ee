using Serverless.Functions.Identities;
using Serverless.Functions.Users;

namespace Serverless.Functions.Eligibility;

/// <summary>A limit and how much of it is used; amounts in the rules' currency.</summary>
/// <param name="Window">The period.</param>
/// <param name="Limit">The tighter of the two; null for none.</param>
/// <param name="Source">Whose limit it is; null for none.</param>
/// <param name="Used">By transfers within the window.</param>
internal sealed record WindowState(LimitWindow Window, decimal? Limit, LimitSource? Source, decimal Used)
{
    public decimal? Remaining => Limit is { } limit ? Math.Max(0, limit - Used) : null;

    public bool Admits(decimal amount) => Limit is null || Used + amount <= Limit;
}

/// <summary>Whose limit it is.</summary>
internal enum LimitSource
{
    /// <summary>The provider's.</summary>
    Provider,

    /// <summary>The highest tier's.</summary>
    Tier,
}

/// <summary>A tier as it applies to a person now.</summary>
/// <param name="Tier">The tier.</param>
/// <param name="Max">The largest amount that it allows; null for no limit.</param>
/// <param name="Missing">The requirements not yet met, in the fixed order.</param>
internal sealed record TierState(Tier Tier, decimal? Max, IReadOnlyList<string> Missing);

/// <summary>
/// A person's limits and tiers: a pure function of rules, person and time. The effective limits are the tighter of the
/// provider's and the highest tier's, since a person can leave every lower tier by giving more data. A transaction
/// belongs to the lowest tier that allows its amount.
/// </summary>
internal sealed class Assessment
{
    public Assessment(EligibilityRules rules, Applicant applicant, string method, DateTimeOffset now)
    {
        var tiers = rules.TiersOf(applicant.Country);
        var terms = rules.TermsOf(method);
        var used = LimitWindow.All.ToDictionary(
            window => window.Name,
            window =>
                applicant
                    .Transfers.Where(transfer => now - transfer.At < window.Length)
                    .Sum(transfer => transfer.Amount * rules.Fiats[transfer.Currency])
        );
        Min = terms.Min;
        Windows =
        [
            .. LimitWindow.All.Select(window =>
                Tighter(window, Of(terms.Limits, window), Of(tiers[^1].Limits, window), used[window.Name])
            ),
        ];
        Tiers = [.. tiers.Select(tier => new TierState(tier, MaxOf(tier, applicant, used), Missing(tier, applicant)))];
    }

    /// <summary>The smallest amount of a transaction.</summary>
    public decimal Min { get; }

    /// <summary>The limits; the limit per transaction first.</summary>
    public IReadOnlyList<WindowState> Windows { get; }

    /// <summary>The tiers, lowest first.</summary>
    public IReadOnlyList<TierState> Tiers { get; }

    /// <summary>The limit that an amount exceeds; null when it exceeds none.</summary>
    public WindowState? Exceeded(decimal amount) => Windows.FirstOrDefault(window => !window.Admits(amount));

    /// <summary>The tier of an amount that exceeds no limit.</summary>
    public TierState TierOf(decimal amount) =>
        Tiers.FirstOrDefault(tier => tier.Max is null || amount <= tier.Max) ?? Tiers[^1];

    private static WindowState Tighter(LimitWindow window, decimal? provider, decimal? tier, decimal used) =>
        (provider, tier) switch
        {
            (null, null) => new WindowState(window, null, null, used),
            ({ } limit, _) when tier is null || limit <= tier => new WindowState(
                window,
                limit,
                LimitSource.Provider,
                used
            ),
            _ => new WindowState(window, tier, LimitSource.Tier, used),
        };

    private static decimal? MaxOf(Tier tier, Applicant applicant, Dictionary<string, decimal> used)
    {
        if (tier.FirstTransactionOnly && applicant.Transfers.Count > 0)
            return 0;
        var left = tier.Limits.Select(limit => limit.Value - used[limit.Key]).ToList();
        return left.Count == 0 ? null : Math.Max(0, left.Min());
    }

    private static List<string> Missing(Tier tier, Applicant applicant)
    {
        IEnumerable<string> met = applicant.Held,
            asked = tier.Requirements;
        if (applicant.Kyc == KycStatus.Verified)
            met = met.Concat(["NAME", "DOB", "SELFIE", "DOCUMENT"]);
        // Only a review ends a rejection. Until then these requirements stay open, so that no payment is possible.
        if (applicant.Kyc == KycStatus.Rejected)
            (met, asked) = (met.Except(["SELFIE", "DOCUMENT"]), asked.Concat(["SELFIE", "DOCUMENT"]));
        var missing = asked.Except(met).ToHashSet();
        return [.. IdentityData.Requirements.Select(requirement => requirement.Kind).Where(missing.Contains)];
    }

    private static decimal? Of(IReadOnlyDictionary<string, decimal> limits, LimitWindow window) =>
        limits.TryGetValue(window.Name, out var limit) ? limit : null;
}
