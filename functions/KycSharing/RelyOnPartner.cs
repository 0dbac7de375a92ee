using System.Text.Json;
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

namespace Serverless.Functions.KycSharing;

/// <summary>
/// <c>POST /eapi/v0/identities/reliance</c>: KYC that a regulated partner has run
/// itself. A clean and recent screening verifies; a match leaves the decision to an operator, and one with a sanctions
/// list also blocks the account until then.
/// </summary>
internal sealed class RelyOnPartner(Arrival arrival, IdentityStore identities, TimeProvider time)
{
    /// <summary>An older screening says too little about today's lists: an operator must review.</summary>
    private const int RecentDays = 90;

    [Function(nameof(RelyOnPartner))]
    [Answers(202, typeof(AcceptedSubmission))]
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
        var customer = await CustomerIdentity.ReadAsync(body.Input, today, partner.Id, identities, ct);
        var date = ReadScreeningDate(body.Input, today);
        var sanctions = ReadRequired(body.Input, "screeningSanctionsResult");
        var pep = ReadRequired(body.Input, "screeningPepResult");
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);

        var key = new PersonKey(partner.Id, ReferenceId.FromStorage(customer.Reference));
        if (await arrival.ExecuteAsync(http, key, customer.Email, EmailChannel.Reliance, ct) is { } refusal)
            return refusal;
        var screening = new Screening(
            date!.Value,
            sanctions!.Value,
            pep!.Value,
            IsRecent: date >= today.AddDays(-RecentDays)
        );
        return await identities.ChangeAsync(
                key,
                [],
                async identity =>
                {
                    if (identity.Root.ErasedAt is not null)
                        return IdentityAnswer.Error(IdentityError.NotFound);
                    await ApplyAsync(identity.Root, customer, screening, ct);
                    return IdentityAnswer.Accepted(new AcceptedSubmission { IdentityReference = key.Reference.Value });
                },
                ct
            ) ?? IdentityAnswer.Error(IdentityError.NotFound);
    }

    private async Task ApplyAsync(Person root, CustomerIdentity customer, Screening screening, CancellationToken ct)
    {
        var (now, id) = (time.Now(), Ulid.New(time.Now()));
        var blockedBefore = root.Account.Blocked;
        await UpdateIdentity.MergeChangesAsync(root, customer.Fields, customer.Email, now, ct);
        root.Put(
            new Reliance(
                root.Key,
                id,
                await root.SealAsync(
                    JsonSerializer.Serialize(screening, StoredJson.Options),
                    Reliance.ScreeningPurpose,
                    ct
                ),
                now
            ),
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

    private static bool? ReadRequired(JsonInput body, string member)
    {
        var value = body.Boolean(member);
        if (value is null && !body.Has(member))
            body.Fail(member, "is required");
        return value;
    }

    private static DateOnly? ReadScreeningDate(JsonInput body, DateOnly today)
    {
        const string Member = "screeningDate";
        if (body.Date(Member, required: true) is not { } date)
            return null;
        // One day more than today, because of the partner's time zone.
        if (date <= today.AddDays(1))
            return date;
        body.Fail(Member, "must not be in the future");
        return null;
    }

    /// <param name="Date">Date of the partner's screening.</param>
    /// <param name="Sanctions">On a sanctions list.</param>
    /// <param name="Pep">A politically exposed person.</param>
    /// <param name="IsRecent">Not older than <see cref="RecentDays"/> on arrival.</param>
    private sealed record Screening(DateOnly Date, bool Sanctions, bool Pep, bool IsRecent)
    {
        public bool HasMatch => Sanctions || Pep;

        /// <inheritdoc/>
        public override string ToString() => nameof(Screening);
    }
}
