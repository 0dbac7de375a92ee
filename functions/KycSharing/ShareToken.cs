using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Accepts a token for a person that the partner has verified, and answers 202. The share and the move to
/// <c>UNDER_REVIEW</c> are one transaction; the orchestration <see cref="KycShareFlow"/> does the rest, as
/// /docs/kyc-sharing#share-token says.
/// </summary>
internal sealed class ShareToken(
    RequestReader requests,
    Arrival arrival,
    IdentityStore identities,
    ShareTokens tokens,
    IKycProvider provider,
    KeyRing keyRing,
    TimeProvider time
)
{
    /// <summary>Share a verification by token</summary>
    /// <remarks>
    /// For partners for whom KYC sharing is enabled and who verify with the same provider as we do: we import the
    /// customer from the provider instead of asking for everything again. The identity is created if it is new.
    /// <para>
    /// The result comes as <c>kyc.status</c> of the identity, and by the webhook <c>kyc</c>: a token that the provider
    /// does not take is no error here, but leads to <c>ACTION_REQUIRED</c>. The same request again is the same share.
    /// </para>
    /// </remarks>
    [Function("ShareToken")]
    [Answers(202, typeof(AcceptedSubmission))]
    [Accepts(typeof(ShareTokenRequest))]
    [Refuses(400, IdentityErrorCodes.FeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(422, IdentityErrorCodes.IdentityMergeConflict, IdentityErrorCodes.TokenAlreadyUsed)]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/share/token")] HttpRequest http
    ) => ShareAsync(http, http.HttpContext.RequestAborted);

    /// <summary>Share a verification by token (older path)</summary>
    /// <remarks>The same as <c>POST /eapi/v0/identities/share/token</c>, which new clients use.</remarks>
    [Function("ShareTokenByOlderPath")]
    [Answers(202, typeof(AcceptedSubmission))]
    [Accepts(typeof(ShareTokenRequest))]
    [Refuses(400, IdentityErrorCodes.FeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(422, IdentityErrorCodes.IdentityMergeConflict, IdentityErrorCodes.TokenAlreadyUsed)]
    public Task<IResult> RunOlder(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/token/share")] HttpRequest http
    ) => ShareAsync(http, http.HttpContext.RequestAborted);

    private async Task<IResult> ShareAsync(HttpRequest http, CancellationToken ct)
    {
        var partner = http.Partner();
        if (!partner.Settings.KycSharing || provider.Vendor is null)
            return IdentityAnswer.Error(IdentityError.FeatureNotEnabled);
        var body = IdentityInput.Read(http);
        var country = await identities.CountryForAsync(body.Input, partner.Id, fromPath: null, ct);
        var request = requests.Read<ShareTokenRequest>(body.Input, country);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);

        var key = new PersonKey(partner.Id, request.IdentityReference);
        if (await arrival.ExecuteAsync(http, key, request.Email, EmailChannel.TokenShare, ct) is { } refusal)
            return refusal;
        return await AcceptAsync(key, request, ct) is { } problem
            ? IdentityAnswer.Error(problem)
            : IdentityAnswer.Accepted(new AcceptedSubmission { IdentityReference = key.Reference.Value });
    }

    /// <summary>
    /// Stores the share; null when it is accepted. The same token again on the same account finds or finishes what the
    /// first call did.
    /// </summary>
    private async Task<IdentityError?> AcceptAsync(PersonKey key, ShareTokenRequest request, CancellationToken ct)
    {
        var token = request.Provider.Token;
        var hash = await tokens.HashAsync(key, token, ct);
        var claim = await tokens.ClaimAsync(key, hash, Ulid.New(time.Now()), ct);
        var accepted = await identities.ChangeAsync(
            key,
            [KycShare.RowKeyOf(claim.Share)],
            async identity =>
            {
                var (root, account) = (identity.Root, identity.Account);
                // A token may only be repeated for the account that used it first.
                if (
                    claim.Reference != key.Reference
                    && claim.Reference != root.Key.Reference
                    && !account.Contains(claim.Reference)
                )
                    return IdentityError.TokenAlreadyUsed;
                if (claim.IsDone || root.Find<KycShare>(KycShare.RowKeyOf(claim.Share)) is not null)
                    return null;
                var now = time.Now();
                if (root.ErasedAt is null)
                    await UpdateIdentity.MergeChangesAsync(
                        root,
                        request.MobileNumber is { } mobile ? new() { [IdentityData.Mobile] = mobile } : [],
                        request.Email,
                        now,
                        ct
                    );
                // Verified needs nothing more, and only an operator may change rejected.
                if (root.User.Kyc is not (KycStatus.Verified or KycStatus.Rejected))
                {
                    var share = new KycShare
                    {
                        Holder = root.Key,
                        Id = claim.Share,
                        At = now,
                        WrappedToken = await keyRing.WrapAsync(token, KycShare.Purpose(claim.Share), ct),
                    };
                    root.Put(share, now);
                    root.Put(account with { Submission = share.Id.Text }, now);
                    root.Raise(EventRow.Of(InternalEvents.KycShared, root.Key, now, new NoData(), share.Id.Text));
                    root.Set(root.User.MoveKyc(KycStatus.UnderReview, now), now);
                }
                if (root.IsChanged)
                    root.RaiseStatusChange(null, now);
                return null;
            },
            ct
        );
        if (accepted is null && !claim.IsDone)
            await tokens.DoneAsync(key, hash, ct);
        return accepted;
    }
}
