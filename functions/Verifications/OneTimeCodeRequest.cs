using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Verifications;

/// <summary>What both calls have in common.</summary>
internal abstract record OneTimeCodeRequest
{
    /// <summary>Your own id of the person, whose identity exists.</summary>
    /// <example>acme-0001</example>
    [IdentityReference(Required = true)]
    public ReferenceId IdentityReference { get; init; } = null!;

    /// <summary>The address to verify. It need not be known before.</summary>
    /// <example>ana@example.org</example>
    [Email(Required = true)]
    public EmailAddress Email { get; init; } = null!;

    /// <inheritdoc/>
    public sealed override string ToString() => GetType().Name;
}

/// <summary>Whom to send a code.</summary>
internal sealed record SendOneTimeCodeRequest : OneTimeCodeRequest;

/// <summary>A code that the person has entered.</summary>
internal sealed record VerifyOneTimeCodeRequest : OneTimeCodeRequest
{
    /// <summary>The code of the mail: four digits, as a string.</summary>
    /// <example>0471</example>
    [Digits(Required = true)]
    public string Code { get; init; } = "";
}

/// <summary>The digits of a code.</summary>
internal sealed partial class DigitsAttribute() : PatternAttribute(Pattern, "must have 4 digits")
{
    [GeneratedRegex(@"^[0-9]{4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
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
