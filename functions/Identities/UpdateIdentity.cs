using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// <c>PATCH /eapi/v0/identities</c> and <c>PATCH /eapi/v0/identities/{identityReference}</c>: links the e-mail, which
/// may merge two accounts, and merges the sent data into the account's data.
/// </summary>
internal sealed class UpdateIdentity(
    IdentityStore identities,
    PersonStore persons,
    EmailArrival arrival,
    TimeProvider time
)
{
    [Function("UpdateIdentity")]
    [Answers(200, typeof(IdentityView))]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "eapi/v0/identities")] HttpRequest http
    ) => UpdateAsync(http, null, http.HttpContext.RequestAborted);

    [Function("UpdateIdentityByReference")]
    [Answers(200, typeof(IdentityView))]
    public Task<IResult> RunByReference(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = "eapi/v0/identities/{identityReference}")]
            HttpRequest http,
        string identityReference
    ) => UpdateAsync(http, identityReference, http.HttpContext.RequestAborted);

    private async Task<IResult> UpdateAsync(HttpRequest http, string? fromPath, CancellationToken ct)
    {
        var body = IdentityInput.Read(http);
        var fromBody = body.Input.Matching(
            "identityReference",
            IdentityReference.Known,
            IdentityReference.Rule,
            required: fromPath is null
        );
        if (fromPath is not null && !IdentityReference.Known.IsMatch(fromPath))
            body.Input.Fail("identityReference", IdentityReference.Rule);
        else if (fromPath is not null && fromBody is not null && fromBody != fromPath)
            body.Input.Fail("identityReference", "must be the reference of the path, or be left out");
        var email = body.Input.Email("email", required: true);
        var partner = http.Partner();
        var country = await identities.CountryForAsync(body.Input, partner.Id, fromPath ?? fromBody, ct);
        var fields = IdentityFields.ReadAll(body.Input, DateOnly.FromDateTime(time.Now().UtcDateTime), country);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var key = new PersonKey(partner.Id, ReferenceId.FromStorage(fromPath ?? fromBody!));
        if (
            await LinkAsync(arrival, key, email!, EmailChannel.Patch, partner.Settings.TrustOfArrival(), http, ct) is
            { } refusal
        )
            return refusal;
        if (await KeepAsync(identities, persons, key, fields, email!, time.Now(), ct) is not { } identity)
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
