using System.Globalization;
using System.Text;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// Two accounts that are verified as different people are not merged without a human.
/// </summary>
internal static class IdentityConflict
{
    private static readonly string[] Paths = ["name.firstName", "name.lastName", "dob"];

    /// <summary>True when both are verified and a name or the date of birth that both hold differs.</summary>
    public static async Task<bool> IsOneAsync(Person one, Person other, CancellationToken ct)
    {
        if (
            one.User.Kyc != KycStatus.Verified
            || other.User.Kyc != KycStatus.Verified
            || one.ErasedAt is not null
            || other.ErasedAt is not null
        )
            return false;
        foreach (var path in Paths)
        {
            if (
                await one.ReadAsync(path, ct) is { Length: > 0 } here
                && await other.ReadAsync(path, ct) is { Length: > 0 } there
                && Comparable(here) != Comparable(there)
            )
                return true;
        }
        return false;
    }

    /// <summary>Spelling that documents differ in: case, accents, white space, hyphens.</summary>
    private static string Comparable(string text)
    {
        var letters = new StringBuilder();
        foreach (var c in text.Normalize(NormalizationForm.FormD))
        {
            if (char.IsLetterOrDigit(c) && CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)
                letters.Append(char.ToUpperInvariant(c));
        }
        return letters.ToString();
    }
}
