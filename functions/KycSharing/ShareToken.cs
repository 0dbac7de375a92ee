using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// <c>POST /eapi/v0/identities/share/token</c>, and its old path <c>…/token/share</c>: accepts a token for a person
/// that the partner has verified, and answers 202. The share and the move to <c>UNDER_REVIEW</c> are one transaction;
/// the orchestration <see cref="KycShareFlow"/> does the rest.
/// </summary>
internal sealed partial class ShareToken(
    Arrival arrival,
    IdentityStore identities,
    ShareTokens tokens,
    IKycProvider provider,
    KeyRing keyRing,
    TimeProvider time
)
{
    private const int MaxEmail = 200;

    [Function("ShareToken")]
    [Answers(202, typeof(AcceptedSubmission))]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/share/token")] HttpRequest http
    ) => ShareAsync(http, http.HttpContext.RequestAborted);

    [Function("ShareTokenByOlderPath")]
    [Answers(202, typeof(AcceptedSubmission))]
    public Task<IResult> RunOlder(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/token/share")] HttpRequest http
    ) => ShareAsync(http, http.HttpContext.RequestAborted);

    private async Task<IResult> ShareAsync(HttpRequest http, CancellationToken ct)
    {
        var partner = http.Partner();
        if (!partner.Settings.KycSharing || provider.Vendor is not { } vendor)
            return IdentityAnswer.Error(IdentityError.FeatureNotEnabled);
        var body = IdentityInput.Read(http);
        var reference = body.Input.Matching(
            "identityReference",
            IdentityReference.Known,
            IdentityReference.Rule,
            required: true
        );
        var email = ReadEmail(body.Input);
        var country = await identities.CountryForAsync(body.Input, partner.Id, reference, ct);
        var mobile = IdentityFields.ReadMobile(body.Input, country);
        string? token = null;
        if (body.Input.Object("provider") is { } named)
        {
            named.OneOf("vendor", [vendor], required: true);
            token = named.Matching(
                "token",
                Token(),
                "must have 6 to 4096 printable characters without spaces",
                required: true
            );
        }
        else if (!body.Input.Has("provider"))
            body.Input.Fail("provider", "is required");
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);

        var key = new PersonKey(partner.Id, ReferenceId.FromStorage(reference!));
        if (await arrival.ExecuteAsync(http, key, email!, EmailChannel.TokenShare, ct) is { } refusal)
            return refusal;
        return await AcceptAsync(key, email!, mobile, token!, ct) is { } problem
            ? IdentityAnswer.Error(problem)
            : IdentityAnswer.Accepted(new AcceptedSubmission { IdentityReference = key.Reference.Value });
    }

    /// <summary>Reads an address with this route's shorter limit.</summary>
    public static EmailAddress? ReadEmail(JsonInput body)
    {
        var email = body.Email("email", required: true);
        if (email?.Original.Length > MaxEmail)
            body.Fail("email", $"must have at most {MaxEmail} characters");
        return email;
    }

    /// <summary>
    /// Stores the share; null when it is accepted. The same token again on the same account finds or finishes what the
    /// first call did.
    /// </summary>
    private async Task<IdentityError?> AcceptAsync(
        PersonKey key,
        EmailAddress email,
        string? mobile,
        string token,
        CancellationToken ct
    )
    {
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
                        mobile is null ? [] : new() { [IdentityData.Mobile] = mobile },
                        email,
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

    // Treated as opaque, because Sumsub has changed the format before.
    [GeneratedRegex(@"^[\x21-\x7E]{6,4096}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Token();
}
