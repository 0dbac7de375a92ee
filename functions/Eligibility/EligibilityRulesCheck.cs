using Serverless.Functions.Identities;
using Serverless.Functions.Operations;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Eligibility;

/// <summary>Finds every problem in a set of rules when the app starts, not with the first customer.</summary>
internal sealed class EligibilityRulesCheck(EligibilityRules rules)
{
    // With these bounds, products, quotients and sums of amounts cannot overflow a decimal.
    private const decimal MaxValue = 1_000_000_000_000m;
    private const decimal MinPrice = 0.000_000_001m;

    private readonly List<string> _problems = [];

    public IReadOnlyList<string> Problems()
    {
        if (rules.MinimumAge is < 0 or > 130)
            Add("minimumAge must be 0 to 130");
        if (rules.Fiats.GetValueOrDefault(rules.Currency) != 1)
            Add($"fiats.{rules.Currency} must be 1: it is the rules' own currency");
        if (!rules.Fiats.ContainsKey(TransferTerms.Currency.Source))
            Add($"fiats must have {TransferTerms.Currency.Source}, which transfers are counted in");
        foreach (var (fiat, rate) in rules.Fiats)
            CheckPrice($"fiats.{fiat}", fiat, rate);
        foreach (var (crypto, asset) in rules.Cryptos)
        {
            CheckPrice($"cryptos.{crypto}", crypto, asset.Price);
            CheckPlaces($"cryptos.{crypto}.restricted", asset.Restricted ?? []);
            if (asset.Blockchains.Count == 0)
                Add($"cryptos.{crypto}.blockchains must not be empty");
        }
        foreach (var (group, countries) in rules.Groups)
        {
            if (Countries.IsCountry(group) || group == EligibilityRules.DefaultTable)
                Add($"groups.{group} has a name that means something else");
            foreach (var country in countries.Where(country => !Countries.IsCountry(country)))
                Add($"groups.{group}: '{country}' is no country");
        }
        CheckPlaces("restricted", rules.Restricted);
        CheckTables();
        CheckTerms("provider", rules.Provider);
        foreach (var (method, terms) in rules.Methods)
            CheckTerms($"methods.{method}", terms);
        return _problems;
    }

    private void CheckTables()
    {
        if (!rules.Tables.ContainsKey(EligibilityRules.DefaultTable))
            Add($"tables.{EligibilityRules.DefaultTable} is missing");
        foreach (
            var twice in rules
                .Groups.Where(group => rules.Tables.ContainsKey(group.Key))
                .SelectMany(group => group.Value)
                .GroupBy(country => country)
                .Where(country => country.Count() > 1)
        )
            Add($"'{twice.Key}' is in two groups that both have a table");
        foreach (var (place, tiers) in rules.Tables)
        {
            if (
                place != EligibilityRules.DefaultTable
                && !rules.Groups.ContainsKey(place)
                && !Countries.IsCountry(place)
            )
                Add($"tables.{place} is no country and no group");
            if (tiers.Count == 0 || tiers[^1].FirstTransactionOnly)
                Add($"tables.{place} must end with a tier that is not for the first transaction only");
            IReadOnlyList<string> before = [];
            foreach (var tier in tiers)
            {
                foreach (
                    var kind in tier.Requirements.Where(kind =>
                        IdentityData.Requirements.All(known => known.Kind != kind)
                    )
                )
                    Add($"tables.{place}.{tier.Name}: there is no requirement '{kind}'");
                // A higher tier must never require less.
                foreach (var kind in before.Except(tier.Requirements))
                    Add($"tables.{place}.{tier.Name} must have {kind}, which the tier before it has");
                CheckLimits($"tables.{place}.{tier.Name}.limits", tier.Limits);
                before = tier.Requirements;
            }
        }
    }

    private void CheckTerms(string at, ProviderTerms terms)
    {
        if (terms.Min is < 0 or > MaxValue)
            Add($"{at}.min must be 0 or more");
        if (terms.Limits.TryGetValue(LimitWindow.Transaction.Name, out var max) && max < terms.Min)
            Add($"{at}.min is more than the most that a transaction may have");
        CheckLimits($"{at}.limits", terms.Limits);
    }

    private void CheckLimits(string at, IReadOnlyDictionary<string, decimal> limits)
    {
        foreach (var (window, limit) in limits)
        {
            if (LimitWindow.All.All(known => known.Name != window))
                Add($"{at}.{window} is not one of {string.Join(", ", LimitWindow.All.Select(known => known.Name))}");
            if (limit is <= 0 or > MaxValue)
                Add($"{at}.{window} must be more than 0 and at most {MaxValue}");
        }
    }

    private void CheckPrice(string at, string code, decimal price)
    {
        if (!CurrencyCode.Pattern.IsMatch(code))
            Add($"{at}: a code must have 1 to 10 upper-case letters or digits");
        if (price is < MinPrice or > MaxValue)
            Add($"{at} must be worth {MinPrice} to {MaxValue}");
    }

    private void CheckPlaces(string at, IReadOnlyList<string> places)
    {
        foreach (
            var place in places.Where(place =>
                !Countries.IsCountry(place)
                && !rules.Groups.ContainsKey(place)
                && !(place.StartsWith("US-", StringComparison.Ordinal) && Countries.IsUsState(place[3..]))
            )
        )
            Add($"{at}: '{place}' is no country, no group and no state of the US");
    }

    private void Add(string problem) => _problems.Add(problem);
}
