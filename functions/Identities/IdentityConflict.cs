using System.Globalization;
using System.Text;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// Detects two accounts that are verified as different people: only a human may decide to merge them.
/// </summary>
internal static class IdentityConflict
{
    private static readonly string[] Paths = ["name.firstName", "name.lastName", "dob"];

    /// <summary>
    /// True when both are verified and differ in a name or the date of birth. A value that only one holds does not
    /// count.
    /// </summary>
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

    /// <summary>Removes differences that are common between documents: case, accents, white space, hyphens.</summary>
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
