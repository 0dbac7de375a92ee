using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Verifications;

/// <summary>What both calls are about, or why they are refused. Never prints itself.</summary>
internal sealed partial record OneTimeCodeRequest(
    PersonKey Person,
    EmailAddress? Email,
    string? Digits,
    IdentityError? Error
)
{
    /// <summary>
    /// Reads a call: 403 where the partner has no such feature, else everything that is wrong with the body.
    /// </summary>
    public static OneTimeCodeRequest Read(HttpRequest http, bool withCode)
    {
        var partner = http.Partner();
        var body = IdentityInput.Read(http);
        var reference = body.Input.Matching(
            "identityReference",
            IdentityReference.Known,
            IdentityReference.Rule,
            required: true
        );
        var email = body.Input.Email("email", required: true);
        var digits = withCode ? body.Input.Matching("code", FourDigits, "must have 4 digits", required: true) : null;
        var error = partner.Settings.OtpEnabled ? body.IdentityError() : IdentityError.OtpFeatureNotEnabled;
        return new OneTimeCodeRequest(
            new PersonKey(partner.Id, ReferenceId.FromStorage(reference ?? "")),
            email,
            digits,
            error
        );
    }

    public override string ToString() => "one-time code request";

    [GeneratedRegex(@"^[0-9]{4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex FourDigits { get; }
}

/// <summary>What both calls have in common.</summary>
internal static class OneTimeCodeAnswers
{
    /// <summary>True for a reference that somebody has.</summary>
    public static async Task<bool> IsKnownAsync(this PersonStore persons, PersonKey key, CancellationToken ct) =>
        await persons.ReadAsync(key, [], ct) is { IsNew: false, ErasedAt: null };

    /// <summary>429 with the whole seconds to wait.</summary>
    public static IResult TooManyCodes(this HttpRequest http, TimeSpan wait)
    {
        http.HttpContext.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds))
            .ToString(CultureInfo.InvariantCulture);
        return IdentityAnswer.Error(IdentityError.TooManyRequests);
    }
}
