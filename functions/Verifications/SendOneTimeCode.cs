using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Mail;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Verifications;

/// <summary>
/// Sends a code to an address. The code is stored before its mail is sent, within the request: 200 says that the mail
/// service has the mail.
/// </summary>
internal sealed class SendOneTimeCode(
    RequestReader requests,
    PersonStore persons,
    EmailIndex index,
    OneTimeCodeStore codes,
    IMailSender mails,
    TimeProvider time
)
{
    private const string RetryAfterMailFailure = "20";

    /// <summary>Send a one-time password</summary>
    /// <remarks>
    /// Mails a code of four digits to an address, to verify that it is the person's. Needs to be enabled for you, and
    /// an identity with the reference. The code is valid for 5 minutes, for one use and five tries; a new one replaces
    /// it. A reference and an address get at most 3 codes a minute.
    /// <para>200 says that the mail service has taken the mail.</para>
    /// </remarks>
    [Function(nameof(SendOneTimeCode))]
    [Answers(200, typeof(OneTimeCodeAnswer))]
    [Accepts(typeof(SendOneTimeCodeRequest))]
    [Refuses(403, IdentityErrorCodes.OtpFeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(503, IdentityErrorCodes.MailUnavailable, IdentityErrorCodes.MailRefused)]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v1/verifications/otp")] HttpRequest http
    ) => SendAsync(http, http.HttpContext.RequestAborted);

    /// <summary>Send a one-time password (v0)</summary>
    /// <remarks>The same as <c>POST /eapi/v1/verifications/otp</c>, which new clients use.</remarks>
    [Function("SendOneTimeCodeV0")]
    [Answers(200, typeof(OneTimeCodeAnswer))]
    [Accepts(typeof(SendOneTimeCodeRequest))]
    [Refuses(403, IdentityErrorCodes.OtpFeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(503, IdentityErrorCodes.MailUnavailable, IdentityErrorCodes.MailRefused)]
    public Task<IResult> RunV0(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/verifications/otp")] HttpRequest http
    ) => SendAsync(http, http.HttpContext.RequestAborted);

    private async Task<IResult> SendAsync(HttpRequest http, CancellationToken ct)
    {
        var partner = http.Partner();
        if (!partner.Settings.OtpEnabled)
            return IdentityAnswer.Error(IdentityError.OtpFeatureNotEnabled);
        var body = IdentityInput.Read(http);
        var request = requests.Read<SendOneTimeCodeRequest>(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var person = new PersonKey(partner.Id, request.IdentityReference);
        if (!await persons.IsKnownAsync(person, ct))
            return IdentityAnswer.Error(IdentityError.NotFound);
        var key = new CodeKey(person, await index.HashAsync(partner.Id, request.Email, ct));
        var (code, digits) = await codes.NewAsync(key, ct);
        if (await StoreAsync(key, code, ct) is { } wait)
            return http.TooManyCodes(wait);
        var outcome = MailOutcome.Unavailable;
        try
        {
            outcome = await mails.SendAsync(Compose(partner, request.Email, digits), ct);
        }
        finally
        {
            if (outcome != MailOutcome.Accepted)
                await codes.MoveAsync(key, code, CodeStatus.Voided, CancellationToken.None);
        }
        switch (outcome)
        {
            case MailOutcome.Accepted:
                return IdentityAnswer.Ok(new OneTimeCodeAnswer { Message = "OTP sent successfully" });
            case MailOutcome.AddressRefused:
                return IdentityAnswer.Error(
                    IdentityError.Invalid("email", "cannot be sent to: its mail server or ours refuses this address")
                );
            case MailOutcome.Refused:
                return IdentityAnswer.Error(IdentityError.MailRefused);
            default:
                http.HttpContext.Response.Headers.RetryAfter = RetryAfterMailFailure;
                return IdentityAnswer.Error(IdentityError.MailUnavailable);
        }
    }

    /// <summary>
    /// Counts the send and replaces the previous code; returns how long to wait if the limit is exceeded.
    /// </summary>
    private Task<TimeSpan?> StoreAsync(CodeKey key, OneTimeCode code, CancellationToken ct) =>
        Contention.RepeatAsync<TimeSpan?>(
            async () =>
            {
                var rows = await codes.ReadAsync(key, ct);
                if (rows.CountSend(time.Now()) is { } wait)
                    return wait;
                rows.Code = code;
                return await codes.TryCommitAsync(rows, ct) ? null : TryResult.Lost;
            },
            ct
        );

    private static MailMessage Compose(Partner partner, EmailAddress to, string digits)
    {
        var name = string.Concat(partner.Name.Select(character => char.IsControl(character) ? ' ' : character));
        return new MailMessage(
            to,
            "Your verification code",
            $"""
            Your verification code for {name} is

                {digits}

            It is valid for {OneTimeCode.Lifetime.TotalMinutes:0} minutes and can be used once. Enter it only where you asked for it, and tell it to nobody.

            If you did not ask for it, ignore this mail.
            """.ReplaceLineEndings("\n")
        );
    }
}
