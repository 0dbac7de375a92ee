using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;

namespace Serverless.Functions.HmacAuth;

/// <summary>Who signed a request, in the order in which a refusal is to be told.</summary>
internal sealed class HmacVerifier(PartnerDirectory partners, PartnerEnvironment environment, NonceStore nonces)
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
        // The wall clock, not the app's: the caller has no other, and the Date header shows it.
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
        // Only now: somebody who cannot sign must not use up a partner's nonces.
        if (!await nonces.TryUseAsync(id, nonce, ct))
            return new Result.Refused(IdentityError.NonceUsed);
        return new Result.Verified(key.Partner, body);

        bool Signs(string target) =>
            HmacSignature.Matches(sent.Signature, key.Secret.Key, http.Request.Method, target, nonce.Text, body);
    }

    /// <summary>What came of it.</summary>
    internal abstract record Result
    {
        /// <summary>The partner signed this request and this body.</summary>
        public sealed record Verified(PartnerId Partner, byte[] Body) : Result;

        public sealed record Refused(IdentityError Error) : Result;
    }
}
