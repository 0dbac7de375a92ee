using System.Text.RegularExpressions;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Users;

/// <summary>
/// Warns of references that are accepted but unwise: personal data in an id that cannot be changed. See
/// /docs/reference-id#what-makes-a-good-one.
/// </summary>
internal static partial class ReferenceAdvice
{
    /// <summary>Why an accepted reference is unwise, or nothing.</summary>
    public static IReadOnlyList<ErrorDetail>? Warnings(this ReferenceId reference)
    {
        if (reference.Value.Contains('@', StringComparison.Ordinal))
            return Warn("looks like an e-mail address. People change theirs");
        return PhoneLike().IsMatch(reference.Value) ? Warn("looks like a phone number. Numbers change hands") : null;
    }

    private static ErrorDetail[] Warn(string why) =>
        [new("referenceId", $"{why}, and it is personal data in your ids: use a stable id of your own.")];

    [GeneratedRegex(@"^\+[0-9]+\z", RegexOptions.CultureInvariant)]
    private static partial Regex PhoneLike();
}
