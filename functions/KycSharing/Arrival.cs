using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Prepares the person and the e-mail address of a submission: creates the person if the reference is new, and links
/// the address, which may merge accounts.
/// </summary>
internal sealed class Arrival(CreateIdentity create, EmailArrival arrival, TimeProvider time)
{
    /// <summary>The answer where the person or the address is refused; null where both are there.</summary>
    public async Task<IResult?> ExecuteAsync(
        HttpRequest http,
        PersonKey key,
        EmailAddress email,
        EmailChannel channel,
        CancellationToken ct
    )
    {
        var trust = http.Partner().Settings.TrustOfArrival();
        if (await create.IsKnownAsync(key, ct))
            return await UpdateIdentity.LinkAsync(arrival, key, email, channel, trust, http, ct);
        if (!await create.MayNameAsync(key, ct))
            return IdentityAnswer.Error(IdentityError.Invalid("identityReference", IdentityReference.NewRule));
        await create.ExecuteAsync(key, email: null, [], time.Now(), ct);
        return await UpdateIdentity.LinkAsync(arrival, key, email, channel, trust, http, ct);
    }
}

/// <summary>A submission that was accepted. Its result comes as <c>kyc.status</c> and by webhook.</summary>
internal sealed record AcceptedSubmission
{
    /// <summary>The reference that it is about.</summary>
    /// <example>acme-0001</example>
    public required string IdentityReference { get; init; }
}
