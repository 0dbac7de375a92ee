using System.Globalization;
using Serverless.Functions.Http;

namespace Serverless.Functions.Eligibility;

/// <summary>
/// Reasons to refuse a transaction that no further data can remove, in this order: account, currency, asset, region,
/// age.
/// </summary>
internal sealed class TransactionRules(EligibilityRules rules)
{
    /// <summary>The error to answer with; null when the transaction is allowed.</summary>
    /// <param name="applicant">The person.</param>
    /// <param name="transaction">The planned transaction.</param>
    /// <param name="allowed">The partner's currencies; null for all.</param>
    /// <param name="now">The current time.</param>
    public IdentityError? Refusal(
        Applicant applicant,
        TransactionRequest transaction,
        IReadOnlyList<string>? allowed,
        DateTimeOffset now
    )
    {
        if (applicant.Blocked)
            return IdentityError.AccountBlocked;
        if (!rules.Fiats.ContainsKey(transaction.Fiat) || allowed?.Contains(transaction.Fiat) == false)
            return IdentityError.UnsupportedFiat;
        if (
            !rules.Cryptos.TryGetValue(transaction.Crypto, out var asset)
            || !asset.Blockchains.Contains(transaction.Blockchain, StringComparer.OrdinalIgnoreCase)
        )
            return IdentityError.UnsupportedAsset;
        if (IsIn(rules.Restricted, applicant))
            return IdentityError.RegionRestricted;
        if (IsIn(asset.Restricted, applicant))
            return IdentityError.AssetNotInRegion;
        return IsTooYoung(applicant.DateOfBirth, now) || IsTooYoung(applicant.StatedDateOfBirth, now)
            ? IdentityError.AgeRestricted
            : null;
    }

    /// <summary>The error for an amount; null when it exceeds no limit and is not too small.</summary>
    public IdentityError? Refusal(Assessment assessment, TransactionRequest transaction)
    {
        var amount = AmountOf(transaction);
        if (amount < assessment.Min)
        {
            var least = Money.RoundUp(assessment.Min / rules.Fiats[transaction.Fiat]);
            return IdentityError.Invalid(
                transaction.AmountMember,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"must be worth at least {least} {transaction.Fiat} with this method"
                )
            );
        }
        return assessment.Exceeded(amount) is { } exceeded ? IdentityError.LimitExceeded(exceeded.Window.Kind) : null;
    }

    /// <summary>The value of a transaction in the rules' currency.</summary>
    public decimal AmountOf(TransactionRequest transaction) =>
        transaction.FiatAmount is { } fiat
            ? fiat * rules.Fiats[transaction.Fiat]
            : transaction.CryptoAmount!.Value * rules.Cryptos[transaction.Crypto].Price;

    private bool IsIn(IReadOnlyList<string>? places, Applicant applicant) =>
        rules.Names(places, applicant.Country, applicant.State)
        || rules.Names(places, applicant.StatedCountry, applicant.StatedState);

    // Somebody born on 29 February comes of age on 1 March.
    private bool IsTooYoung(DateOnly? born, DateTimeOffset now) =>
        born > DateOnly.FromDateTime(now.UtcDateTime).AddYears(-rules.MinimumAge);
}

/// <summary>
/// Amounts in answers: decimal strings with two decimals, rounded so that they never promise too much.
/// </summary>
internal static class Money
{
    public static string RoundUp(decimal amount) => Format(decimal.Ceiling(amount * 100) / 100);

    public static string RoundDown(decimal amount) => Format(decimal.Floor(amount * 100) / 100);

    private static string Format(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);
}
