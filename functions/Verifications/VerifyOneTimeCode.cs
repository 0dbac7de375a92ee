using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Verifications;

/// <summary>
/// Binds an address by its code. Steps: claim the code, bind the address, use the code up. Only the request that uses
/// it up succeeds; after a failure or crash in between, the code can be entered again.
/// </summary>
internal sealed class VerifyOneTimeCode(
    RequestReader requests,
    PersonStore persons,
    IdentityStore identities,
    EmailIndex index,
    EmailArrival arrival,
    OneTimeCodeStore codes,
    TimeProvider time
)
{
    /// <summary>Verify a one-time password</summary>
    /// <remarks>
    /// The right code links the address to the reference, as verified. If another reference of yours has the address,
    /// both become one account. A code is good once; after five wrong tries, or 5 minutes, send a new one. A reference
    /// and an address have at most 4 tries a minute.
    /// </remarks>
    [Function(nameof(VerifyOneTimeCode))]
    [Answers(200, typeof(OneTimeCodeAnswer))]
    [Accepts(typeof(VerifyOneTimeCodeRequest))]
    [Refuses(403, IdentityErrorCodes.OtpFeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(
        422,
        IdentityErrorCodes.OtpInvalid,
        IdentityErrorCodes.OtpExpired,
        IdentityErrorCodes.IdentityMergeConflict
    )]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v1/verifications/otp/verify")] HttpRequest http
    ) => VerifyAsync(http, http.HttpContext.RequestAborted);

    /// <summary>Verify a one-time password (v0)</summary>
    /// <remarks>The same as <c>POST /eapi/v1/verifications/otp/verify</c>, which new clients use.</remarks>
    [Function("VerifyOneTimeCodeV0")]
    [Answers(200, typeof(OneTimeCodeAnswer))]
    [Accepts(typeof(VerifyOneTimeCodeRequest))]
    [Refuses(403, IdentityErrorCodes.OtpFeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(
        422,
        IdentityErrorCodes.OtpInvalid,
        IdentityErrorCodes.OtpExpired,
        IdentityErrorCodes.IdentityMergeConflict
    )]
    public Task<IResult> RunV0(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/verifications/otp/verify")] HttpRequest http
    ) => VerifyAsync(http, http.HttpContext.RequestAborted);

    private async Task<IResult> VerifyAsync(HttpRequest http, CancellationToken ct)
    {
        var partner = http.Partner();
        if (!partner.Settings.OtpEnabled)
            return IdentityAnswer.Error(IdentityError.OtpFeatureNotEnabled);
        var body = IdentityInput.Read(http);
        var request = requests.Read<VerifyOneTimeCodeRequest>(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var person = new PersonKey(partner.Id, request.IdentityReference);
        if (!await persons.IsKnownAsync(person, ct))
            return IdentityAnswer.Error(IdentityError.NotFound);
        var key = new CodeKey(person, await index.HashAsync(partner.Id, request.Email, ct));
        return await TryAsync(key, request.Code, ct) switch
        {
            Try.Limited limited => http.TooManyCodes(limited.Wait),
            Try.Expired => IdentityAnswer.Error(IdentityError.OtpExpired),
            Try.Right right => await UseAsync(key, right.Code, request.Email, http, ct),
            _ => IdentityAnswer.Error(IdentityError.OtpInvalid),
        };
    }

    /// <summary>Counts the try and, where the digits are right, claims the code.</summary>
    private Task<Try> TryAsync(CodeKey key, string digits, CancellationToken ct)
    {
        var claim = Guid.NewGuid().ToString("N");
        return Contention.RepeatAsync<Try>(
            async () =>
            {
                var rows = await codes.ReadAsync(key, ct);
                // Already claimed by this request, whose answer from storage was lost.
                if (rows.Code is { } mine && mine.Claim == claim)
                    return new Try.Right(mine);
                var now = time.Now();
                if (rows.CountTry(now) is { } wait)
                    return new Try.Limited(wait);
                var result = await DecideAsync(key, rows, digits, claim, now, ct);
                return await codes.TryCommitAsync(rows, ct) ? result : TryResult.Lost;
            },
            ct
        );
    }

    private async Task<Try> DecideAsync(
        CodeKey key,
        CodeRows rows,
        string digits,
        string claim,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        // Missing, used up, void or claimed by another request: the answer does not tell which.
        if (rows.Code is not { } code || !code.IsOpenAt(now))
            return new Try.Wrong();
        if (code.IsExpiredAt(now))
            return new Try.Expired();
        var isRight = await codes.IsRightAsync(key, code, digits, ct);
        rows.Code = isRight ? code.ClaimedBy(claim, now) : code.TriedWrong();
        return isRight ? new Try.Right(rows.Code) : new Try.Wrong();
    }

    /// <summary>
    /// Binds the address, then uses the code up; releases the claim if the address could not be bound.
    /// </summary>
    private async Task<IResult> UseAsync(
        CodeKey key,
        OneTimeCode code,
        EmailAddress email,
        HttpRequest http,
        CancellationToken ct
    )
    {
        using var patience = new CancellationTokenSource(OneTimeCode.BindingTime, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        IResult? refusal = IdentityAnswer.Error(IdentityError.EmailBusy);
        try
        {
            refusal = await BindAsync(key.Person, email, http, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // Timed out: the next try continues binding where this one stopped.
            http.HttpContext.Response.Headers.RetryAfter = "5";
        }
        finally
        {
            if (refusal is not null)
                await codes.MoveAsync(key, code, CodeStatus.Pending, CancellationToken.None);
        }
        if (refusal is not null)
            return refusal;
        return await codes.MoveAsync(key, code, CodeStatus.Used, CancellationToken.None)
            ? IdentityAnswer.Ok(new OneTimeCodeAnswer { Message = "Success" })
            : IdentityAnswer.Error(IdentityError.OtpInvalid);
    }

    /// <summary>The idempotent part: links, merges, stores the address with the person's data.</summary>
    private async Task<IResult?> BindAsync(PersonKey person, EmailAddress email, HttpRequest http, CancellationToken ct)
    {
        if (
            await UpdateIdentity.LinkAsync(arrival, person, email, EmailChannel.Otp, EmailTrust.Verified, http, ct) is
            { } refusal
        )
            return refusal;
        return await UpdateIdentity.KeepAsync(identities, persons, person, [], email, time.Now(), ct) is null
            ? IdentityAnswer.Error(IdentityError.NotFound)
            : null;
    }

    /// <summary>Result of trying digits.</summary>
    private abstract record Try
    {
        public sealed record Right(OneTimeCode Code) : Try;

        public sealed record Wrong : Try;

        public sealed record Expired : Try;

        public sealed record Limited(TimeSpan Wait) : Try;
    }
}
