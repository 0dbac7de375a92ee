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

/// <summary>The common input of both calls, or the error. <c>ToString</c> does not reveal it.</summary>
internal sealed partial record OneTimeCodeRequest(
    PersonKey Person,
    EmailAddress? Email,
    string? Digits,
    IdentityError? Error
)
{
    /// <summary>Reads a call: 403 if the partner does not have the feature, else all errors of the body.</summary>
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

/// <summary>Answers and checks shared by both calls.</summary>
internal static class OneTimeCodeAnswers
{
    /// <summary>True if the reference exists.</summary>
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

/// <summary>A one-time password was sent, or was right.</summary>
internal sealed record OneTimeCodeAnswer
{
    /// <summary>
    /// <c>OTP sent successfully</c>: the mail service has taken the mail. <c>Success</c>: the code was right, and the
    /// address is verified and linked to the reference.
    /// </summary>
    /// <example>OTP sent successfully</example>
    public required string Message { get; init; }
}
