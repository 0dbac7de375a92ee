using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// Creates identities. The address is claimed first, to keep it unique; after a crash, repeating the request finishes
/// the creation.
/// </summary>
internal sealed class CreateIdentity(
    RequestReader requests,
    PersonStore persons,
    Accounts accounts,
    EmailIndex index,
    TimeProvider time
)
{
    /// <summary>The source that is recorded with each field of a created identity.</summary>
    public const string Via = "identity_api";

    /// <summary>Create an identity</summary>
    /// <remarks>
    /// Makes a person known under your own reference, with as much data as you have: only the reference is needed. An
    /// identity is needed for eligibility by reference, for one-time passwords and for sharing KYC.
    /// <para>
    /// A reference or an e-mail address that is known is refused with code <c>81</c>, and nothing changes: update the
    /// identity instead. The same request again after an answer that was lost is answered with <c>81</c>, too.
    /// </para>
    /// </remarks>
    [Function(nameof(CreateIdentity))]
    [Answers(201, typeof(CreatedIdentity))]
    [Accepts(typeof(CreateIdentityRequest))]
    [Refuses(422, IdentityErrorCodes.IdentityExists)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/basic")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = IdentityInput.Read(http);
        var request = requests.Read<CreateIdentityRequest>(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var key = new PersonKey(http.Partner().Id, request.IdentityReference);
        return await ExecuteAsync(key, request.Email, request.ToFields(), time.Now(), ct) is { } created
            ? IdentityAnswer.Created(
                new CreatedIdentity { IdentityReference = key.Reference.Value, CreatedAt = created.User.CreatedAt }
            )
            : IdentityAnswer.Error(IdentityError.IdentityExists);
    }

    /// <summary>True where the reference already exists, even if a link created it.</summary>
    public async Task<bool> IsKnownAsync(PersonKey key, CancellationToken ct) =>
        !(await persons.ReadAsync(key, [], ct)).IsNew;

    /// <summary>
    /// True for an existing reference, or one that a new identity may have. Only links may create references with
    /// other characters.
    /// </summary>
    public async ValueTask<bool> MayNameAsync(PersonKey key, CancellationToken ct) =>
        IdentityReference.Pattern.IsMatch(key.Reference.Value) || await IsKnownAsync(key, ct);

    /// <summary>Creates the identity; null where the reference or the address is known.</summary>
    public async Task<Person?> ExecuteAsync(
        PersonKey key,
        EmailAddress? email,
        Dictionary<string, string> fields,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        var person = await persons.ReadAsync(key, [], ct);
        if (!person.IsNew)
            return null;
        var hash = email is null ? null : await index.HashAsync(key.Partner, email, ct);
        if (hash is not null && !await TryClaimAsync(key, hash, ct))
            return null;

        await person.CreateAsync(now, ct);
        if (email is not null)
            fields[IdentityData.Email] = email.Original;
        if (fields.Count > 0)
            await person.MergeAsync(new UserData(fields, null), FieldSource.PartnerApi, Via, now, ct);
        if (hash is not null)
            person.Put(
                new Account(key).With(
                    new EmailLink(hash, key.Reference.Value, now, EmailTrust.Vouched, key.Reference.Value)
                ),
                now
            );
        person.Raise(EventRow.Of(InternalEvents.IdentityCreated, key, now, new NoData()));
        try
        {
            if (await persons.TryCommitAsync(person, announced: null, ct))
                return person;
        }
        catch (RequestFailedException) when (hash is not null)
        {
            await ReleaseAsync(key, hash, ct);
            throw;
        }
        if (hash is not null)
            await ReleaseAsync(key, hash, ct);
        return null;
    }

    private async Task<bool> TryClaimAsync(PersonKey key, string hash, CancellationToken ct)
    {
        if (await index.TryClaimAsync(key, hash, ct))
            return true;
        if (await index.FindAsync(key.Partner, hash, ct) is not { } claim)
            return await index.TryClaimAsync(key, hash, ct);
        // An earlier run of this creation claimed it and crashed.
        if (claim.Reference == key.Reference)
            return true;
        var holder = await accounts.FindHolderAsync(key with { Reference = claim.Reference }, ct);
        // An abandoned claim may be taken over, a linked address never.
        return holder?.Account.Email(hash) is null
            && time.GetUtcNow() - claim.At > EmailArrival.ClaimLifetime
            && await index.TryReplaceAsync(key, hash, claim, ct);
    }

    /// <summary>
    /// Another request may have created this person meanwhile. Releases the claim, unless that person holds the
    /// address.
    /// </summary>
    private async Task ReleaseAsync(PersonKey key, string hash, CancellationToken ct)
    {
        var claim = await index.FindAsync(key.Partner, hash, ct);
        if (claim is null || claim.Reference != key.Reference)
            return;
        var holder = await accounts.FindHolderAsync(key, ct);
        if (holder is not null && holder.Account.Email(hash) is null)
            await index.ReleaseAsync(key.Partner, hash, claim, ct);
    }
}

/// <summary>A new identity.</summary>
internal sealed record CreatedIdentity
{
    /// <summary>The reference that you chose.</summary>
    /// <example>acme-0001</example>
    public required string IdentityReference { get; init; }

    /// <summary>When it was created.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }
}
