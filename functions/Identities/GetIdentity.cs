using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Identities;

/// <summary>Finds identities by reference or by e-mail.</summary>
internal sealed class GetIdentity(RequestReader requests, IdentityStore identities, Accounts accounts, EmailIndex index)
{
    /// <summary>Get an identity</summary>
    /// <remarks>
    /// The account of a person, and how far the verification is: by your reference or, with <c>email</c>, by the
    /// address. An answer that was found by an address has the reference that used it most recently. Reading links and
    /// merges nothing.
    /// </remarks>
    [Function(nameof(GetIdentity))]
    [Answers(200, typeof(IdentityView))]
    [Takes(typeof(GetIdentityQuery))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "eapi/v0/identities/{identityReference}")]
            HttpRequest http,
        string identityReference
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var email = requests.Read<GetIdentityQuery>(query).Email;
        if (query.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var partner = http.Partner().Id;
        if (email is not null && await FindByEmailAsync(partner, email, ct) is var (linked, identity))
            return IdentityAnswer.Ok(IdentityView.Of(linked, identity));
        // For an unknown address, the reference decides.
        if (!IdentityReference.TryParse(identityReference, out var reference))
            return IdentityAnswer.Error(IdentityError.NotFound);
        return await identities.FindAsync(new PersonKey(partner, reference), ct) is { } found
            ? IdentityAnswer.Ok(IdentityView.Of(reference, found))
            : IdentityAnswer.Error(IdentityError.NotFound);
    }

    /// <summary>
    /// The account that holds an address, and the reference that most recently used it; null where none holds it.
    /// </summary>
    /// <param name="partner">The partner whose index to search.</param>
    /// <param name="email">The address.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="all">A kind of rows to read completely with the persons.</param>
    public async Task<(ReferenceId Linked, Identity Identity)?> FindByEmailAsync(
        PartnerId partner,
        EmailAddress email,
        CancellationToken ct,
        RowKind? all = null
    )
    {
        if (await index.FindHashAsync(partner, email, ct) is not { } hash)
            return null;
        if (
            await index.FindAsync(partner, hash, ct) is not { } claim
            || await accounts.FindHolderAsync(new PersonKey(partner, claim.Reference), ct, all) is not { } holder
        )
            return null;
        return holder.Account.Email(hash) is { } link ? (ReferenceId.FromStorage(link.Reference), holder) : null;
    }
}
