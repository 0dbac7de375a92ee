using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// KYC that a regulated partner has run itself. A clean and recent screening verifies; a match leaves the decision to
/// an operator, and one with a sanctions list also blocks the account until then.
/// </summary>
internal sealed class RelyOnPartner(
    RequestReader requests,
    Arrival arrival,
    IdentityStore identities,
    TimeProvider time
)
{
    /// <summary>An older screening says too little about today's lists: an operator must review.</summary>
    private const int RecentDays = 90;

    /// <summary>Share a verification that you have run</summary>
    /// <remarks>
    /// For regulated partners for whom this is enabled: the customer's verified data, with the result of your own
    /// screening. Without a match, and not older than 90 days, it verifies the identity at once; in every other case we
    /// review it. A match with a sanctions list also blocks the account. The identity is created if it is new.
    /// <para>The result comes as <c>kyc.status</c> of the identity, and by the webhook <c>kyc</c>.</para>
    /// </remarks>
    [Function(nameof(RelyOnPartner))]
    [Answers(202, typeof(AcceptedSubmission))]
    [Accepts(typeof(RelyOnPartnerRequest))]
    [Refuses(400, IdentityErrorCodes.FeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(422, IdentityErrorCodes.IdentityMergeConflict)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/reliance")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner();
        if (!partner.Settings.Reliance)
            return IdentityAnswer.Error(IdentityError.FeatureNotEnabled);
        var today = DateOnly.FromDateTime(time.Now().UtcDateTime);
        var body = IdentityInput.Read(http);
        var country = await identities.CountryForAsync(body.Input, partner.Id, fromPath: null, ct);
        var request = requests.Read<RelyOnPartnerRequest>(body.Input, country);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);

        var key = new PersonKey(partner.Id, request.IdentityReference);
        if (await arrival.ExecuteAsync(http, key, request.Email, EmailChannel.Reliance, ct) is { } refusal)
            return refusal;
        var screening = new Screening(
            request.ScreeningDate,
            request.ScreeningSanctionsResult,
            request.ScreeningPepResult,
            IsRecent: request.ScreeningDate >= today.AddDays(-RecentDays)
        );
        return await identities.ChangeAsync(
                key,
                [],
                async identity =>
                {
                    if (identity.Root.ErasedAt is not null)
                        return IdentityAnswer.Error(IdentityError.NotFound);
                    await ApplyAsync(identity.Root, request, screening, ct);
                    return IdentityAnswer.Accepted(new AcceptedSubmission { IdentityReference = key.Reference.Value });
                },
                ct
            ) ?? IdentityAnswer.Error(IdentityError.NotFound);
    }

    private async Task ApplyAsync(Person root, CustomerSubmission customer, Screening screening, CancellationToken ct)
    {
        var (now, id) = (time.Now(), Ulid.New(time.Now()));
        var blockedBefore = root.Account.Blocked;
        await UpdateIdentity.MergeChangesAsync(root, customer.ToFields(), customer.Email, now, ct);
        root.Put(
            new Reliance(root.Key, id, await root.SealAsync(screening.ToText(), Reliance.ScreeningPurpose, ct), now),
            now
        );
        if (screening.Sanctions)
            await BlockIdentity.ExecuteAsync(root, blocked: true, "screening", note: null, now, ct);
        root.Put(
            root.Account with
            {
                Submission = id.Text,
                NeedsOperator = root.Account.NeedsOperator || screening.HasMatch,
            },
            now
        );
        // Verified is final, and only an operator may change rejected.
        if (root.User.Kyc is not (KycStatus.Verified or KycStatus.Rejected))
        {
            root.Set(root.User.MoveKyc(KycStatus.UnderReview, now), now);
            root.RaiseKycChange(now);
            if (screening is { HasMatch: false, IsRecent: true } && !root.Account.NeedsOperator)
                root.Set(root.User.MoveKyc(KycStatus.Verified, now), now);
        }
        else if (root.Account.Blocked != blockedBefore)
            root.RaiseKyc(now);
        root.RaiseStatusChange(null, now);
    }
}
