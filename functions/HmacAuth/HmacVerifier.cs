using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;

namespace Serverless.Functions.HmacAuth;

/// <summary>Verifies who signed a request. The order of the checks decides which error the caller gets.</summary>
internal sealed class HmacVerifier(
    PartnerDirectory partners,
    PartnerEnvironment environment,
    NonceStore nonces,
    KeyUses uses
)
{
    public async Task<Result> VerifyAsync(HttpContext http, int maxBody)
    {
        var ct = http.RequestAborted;
        if (http.Request.HeaderText("Authorization") is not { Length: > 0 } header)
            return new Result.Refused(IdentityError.AuthorizationMissing);
        if (!HmacAuthorization.TryParse(header, out var sent))
            return new Result.Refused(IdentityError.AuthorizationMalformed);
        if (!Nonce.TryParse(sent.Nonce, out var nonce))
            return new Result.Refused(IdentityError.NonceInvalid);
        // The wall clock, not the app's virtual one: callers sign by it, and the Date header shows it.
        if (!nonce.IsNear(TimeProvider.System.GetUtcNow()))
            return new Result.Refused(IdentityError.NonceTooOld);
        if (
            !IdentityKeyId.TryParse(sent.Key, environment, out var id)
            || await partners.FindIdentityKeyAsync(id, ct) is not { } key
        )
            return new Result.Refused(IdentityError.KeyUnknown);
        if (await JsonInput.ReadBytesAsync(http.Request, maxBody) is not { } body)
            return new Result.Refused(IdentityError.BodyTooLarge(maxBody));
        if (!SignedTarget.SpellingsOf(http).Any(Signs))
            return new Result.Refused(IdentityError.SignatureMismatch);
        // Checked last, so that a caller without the secret cannot use up a partner's nonces.
        if (!await nonces.TryUseAsync(id, nonce, ct))
            return new Result.Refused(IdentityError.NonceUsed);
        if (key.Use is { } use)
            uses.Note(use);
        return new Result.Verified(key.Partner, body);

        bool Signs(string target) =>
            HmacSignature.Matches(sent.Signature, key.Secret.Key, http.Request.Method, target, nonce.Text, body);
    }

    /// <summary>The result of the verification.</summary>
    internal abstract record Result
    {
        /// <summary>The partner signed this request and this body.</summary>
        public sealed record Verified(PartnerId Partner, byte[] Body) : Result;

        public sealed record Refused(IdentityError Error) : Result;
    }
}
