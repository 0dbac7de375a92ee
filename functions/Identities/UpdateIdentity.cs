using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>Links the e-mail, which may merge two accounts, and merges the sent data into the account's data.</summary>
internal sealed class UpdateIdentity(
    RequestReader requests,
    IdentityStore identities,
    PersonStore persons,
    EmailArrival arrival,
    TimeProvider time
)
{
    /// <summary>Update an identity</summary>
    /// <remarks>
    /// Adds to what is known of a person, or replaces it; what is left out stays as it is. The e-mail address is always
    /// sent: if another reference of yours has it, both become one account, the older one, and share its verification.
    /// Sending the same again changes nothing.
    /// <para>
    /// Two verified persons whose names or dates of birth differ are never merged: that is refused with
    /// <c>IdentityMergeConflict</c>, and goes to a review.
    /// </para>
    /// </remarks>
    [Function("UpdateIdentity")]
    [Answers(200, typeof(IdentityView))]
    [Accepts(typeof(UpdateIdentityRequest))]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(422, IdentityErrorCodes.IdentityMergeConflict)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "eapi/v0/identities")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = IdentityInput.Read(http);
        var country = await identities.CountryForAsync(body.Input, http.Partner().Id, fromPath: null, ct);
        var request = requests.Read<UpdateIdentityRequest>(body.Input, country);
        return await UpdateAsync(http, body, request.IdentityReference, request, ct);
    }

    /// <summary>Update an identity by its path</summary>
    /// <remarks>
    /// As <c>PATCH /eapi/v0/identities</c>, with the reference in the path instead of the body. Where the body has it,
    /// too, it must be the same.
    /// </remarks>
    [Function("UpdateIdentityByReference")]
    [Answers(200, typeof(IdentityView))]
    [Accepts(typeof(UpdateIdentityByReferenceRequest))]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(422, IdentityErrorCodes.IdentityMergeConflict)]
    public async Task<IResult> RunByReference(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "eapi/v0/identities/{identityReference}")]
            HttpRequest http,
        string identityReference
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = IdentityInput.Read(http);
        var country = await identities.CountryForAsync(body.Input, http.Partner().Id, identityReference, ct);
        var request = requests.Read<UpdateIdentityByReferenceRequest>(body.Input, country);
        if (!IdentityReference.TryParse(identityReference, out var reference))
            body.Input.Fail(nameof(identityReference), IdentityReference.Rule);
        else if (request.IdentityReference is { } other && other != reference)
            body.Input.Fail(nameof(identityReference), "must be the reference of the path, or be left out");
        return await UpdateAsync(http, body, reference, request, ct);
    }

    private async Task<IResult> UpdateAsync(
        HttpRequest http,
        JsonBody body,
        ReferenceId? reference,
        IdentityUpdate request,
        CancellationToken ct
    )
    {
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var partner = http.Partner();
        var (key, email) = (new PersonKey(partner.Id, reference!), request.Email!);
        if (
            await LinkAsync(arrival, key, email, EmailChannel.Patch, partner.Settings.TrustOfArrival(), http, ct) is
            { } refusal
        )
            return refusal;
        if (await KeepAsync(identities, persons, key, request.ToFields(), email, time.Now(), ct) is not { } identity)
            return IdentityAnswer.Error(IdentityError.NotFound);
        return IdentityAnswer.Ok(IdentityView.Of(key.Reference, identity));
    }

    /// <summary>
    /// Stores the data with the account's root, or with the reference itself if the root was erased and has no key any
    /// more.
    /// </summary>
    public static async Task<Identity?> KeepAsync(
        IdentityStore identities,
        PersonStore persons,
        PersonKey key,
        Dictionary<string, string> fields,
        EmailAddress email,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var identity = await identities.ChangeAsync(
            key,
            [],
            async found =>
            {
                if (found.Root.ErasedAt is null)
                    await MergeDataAsync(found.Root, fields, email, now, ct);
                return found;
            },
            ct
        );
        if (identity?.Root.ErasedAt is not null)
        {
            await persons.ChangeAsync(
                key,
                [],
                async own =>
                {
                    if (own.ErasedAt is null)
                        await MergeDataAsync(own, fields, email, now, ct);
                    return true;
                },
                ct
            );
        }
        return identity;
    }

    /// <summary>
    /// Links an address that came with a call; returns the error answer, or null when it was linked.
    /// </summary>
    public static async Task<IResult?> LinkAsync(
        EmailArrival arrival,
        PersonKey key,
        EmailAddress email,
        EmailChannel channel,
        EmailTrust trust,
        HttpRequest http,
        CancellationToken ct
    )
    {
        switch (await arrival.ExecuteAsync(key, email, channel, trust, ct))
        {
            case EmailArrivalResult.UnknownReference:
                return IdentityAnswer.Error(IdentityError.NotFound);
            case EmailArrivalResult.Conflict:
                return IdentityAnswer.Error(IdentityError.IdentityMergeConflict);
            case EmailArrivalResult.Full:
                return IdentityAnswer.Error(
                    IdentityError.Invalid(
                        "email",
                        "cannot be linked: this account has as many references or addresses as it may have"
                    )
                );
            case EmailArrivalResult.Busy:
                http.HttpContext.Response.Headers.RetryAfter = "5";
                return IdentityAnswer.Error(IdentityError.EmailBusy);
            default:
                return null;
        }
    }

    /// <summary>Merges the sent data. Idempotent: the same data again writes nothing.</summary>
    private static async Task MergeDataAsync(
        Person root,
        Dictionary<string, string> fields,
        EmailAddress email,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        await MergeChangesAsync(root, fields, email, now, ct);
        if (root.IsChanged)
            root.RaiseStatusChange(null, now);
    }

    /// <summary>Merges only the sent values that differ from the stored ones.</summary>
    public static async Task MergeChangesAsync(
        Person root,
        Dictionary<string, string> fields,
        EmailAddress email,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        var changed = new Dictionary<string, string>();
        foreach (var (path, value) in fields.Append(KeyValuePair.Create(IdentityData.Email, email.Original)))
        {
            if (await root.ReadAsync(path, ct) != value)
                changed[path] = value;
        }
        if (changed.Count > 0)
            await root.MergeAsync(new UserData(changed, null), FieldSource.PartnerApi, CreateIdentity.Via, at, ct);
    }
}
