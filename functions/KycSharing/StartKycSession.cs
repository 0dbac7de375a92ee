using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>The hosted screens up to the verification, as a link of the flow <see cref="Flow"/>.</summary>
internal sealed class StartKycSession(
    RequestReader requests,
    LinkCreation links,
    CreateIdentity identities,
    PersonStore persons,
    PublicAddress address,
    TimeProvider time
)
{
    /// <summary>
    /// A link that ends with the verification and cannot make a transfer; <c>POST /partner/links</c> does not accept
    /// this flow.
    /// </summary>
    public const string Flow = "kyc";

    private const int MaxBody = 16 * 1024;
    private const int Minutes = 24 * 60;

    /// <summary>Start a KYC session</summary>
    /// <remarks>
    /// For partners for whom standalone KYC is enabled: the hosted screens up to the verification, without a transfer.
    /// Send the customer to <c>redirectUrl</c>. This route takes the API key of the M2M API in <c>X-API-Key</c>, and no
    /// signature.
    /// <para>
    /// A session is good for 24 hours, and the same call again returns it while it is. The result comes by the webhook
    /// <c>kyc</c>, and shows in the identity and in eligibility. A customer who has a link for a transfer in use is
    /// verified by that one: this is refused with <c>LinkInUse</c>.
    /// </para>
    /// </remarks>
    [Function(nameof(StartKycSession))]
    [Answers(200, typeof(KycSession))]
    [Accepts(typeof(StartKycSessionRequest))]
    [Refuses(403, IdentityErrorCodes.StandaloneKycNotEnabled)]
    [Refuses(409, IdentityErrorCodes.LinkInUse)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "{partnerRef}/v2/kyc/sessions")] HttpRequest http,
        string partnerRef
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner();
        // Another partner's path is not found.
        if (partnerRef != partner.Id.Value)
            return IdentityAnswer.Error(IdentityError.NotFound);
        if (!partner.Settings.StandaloneKyc)
            return IdentityAnswer.Error(IdentityError.StandaloneKycNotEnabled);
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<StartKycSessionRequest>(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var owner = new PersonKey(partner.Id, request.ExternalCustomerId);
        if (!await identities.MayNameAsync(owner, ct))
            return IdentityAnswer.Error(IdentityError.Invalid("externalCustomerId", IdentityReference.NewRule));
        var session = new RequestedSession(request.Tier, request.Country, request.ReturnUrl);
        return await FindOrCreateAsync(
            owner,
            JsonSerializer.Serialize(session, StoredJson.Options),
            address.Of(http),
            ct
        ) switch
        {
            { Flow: Flow } link => IdentityAnswer.Ok(
                new KycSession { RedirectUrl = link.Url, ExpiresAt = link.ExpiresAt }
            ),
            null => IdentityAnswer.Error(IdentityError.NotFound),
            _ => IdentityAnswer.Error(IdentityError.LinkInUse),
        };
    }

    /// <summary>The URL that a session returns to; null if none was given, or the link is no session.</summary>
    public static string? ReturnUrlOf(Link link) =>
        link is { Flow: Flow, Metadata: { } session }
            ? JsonSerializer.Deserialize<RequestedSession>(session, StoredJson.Options)?.ReturnUrl
            : null;

    /// <summary>
    /// The person's active link, perhaps of another flow, or a new session; null if the person was erased.
    /// </summary>
    private async Task<Link?> FindOrCreateAsync(PersonKey owner, string session, string baseUrl, CancellationToken ct)
    {
        var request = new CreateLinkRequest
        {
            ReferenceId = owner.Reference,
            ExpiresInMinutes = Minutes,
            Metadata = session,
            Flow = Flow,
        };
        return await Contention.RepeatAsync<Link?>(
            async () =>
            {
                var person = await persons.ReadAsync(owner, [], ct);
                if (person.ErasedAt is not null)
                    return null;
                // An active link is reused, so that a repeated call returns the same session.
                if (
                    !person.IsNew
                    && person.ActiveLink is { } active
                    && active.IsLive(time.Now())
                    && await KeepAsync(owner, active.LinkId, session, ct) is { } live
                )
                    return live;
                // Null if another request has created a link meanwhile.
                return await links.TryCreateAsync(owner, request, baseUrl, ct) is { } created
                    ? created
                    : TryResult.Lost;
            },
            ct
        );
    }

    /// <summary>Returns the active link; if it is a session, it takes over the new request's options.</summary>
    private Task<Link?> KeepAsync(PersonKey owner, LinkId id, string session, CancellationToken ct) =>
        persons.ChangeAsync(
            owner,
            [Link.RowKeyOf(id)],
            person =>
            {
                var now = time.Now();
                if (
                    person.ErasedAt is not null
                    || person.Link(id) is not { } link
                    || LinkTransitions.IsFinal(link.StatusAt(now))
                )
                    return Task.FromResult<Link?>(null);
                if (link.Flow == Flow && link.Metadata != session)
                    person.Update(link with { Metadata = session }, now);
                return Task.FromResult<Link?>(link);
            },
            ct
        );

    /// <summary>Kept as the link's metadata.</summary>
    private sealed record RequestedSession(string Tier, string? Country, string? ReturnUrl);
}

/// <summary>A session of standalone KYC: the hosted screens up to the verification.</summary>
internal sealed record KycSession
{
    /// <summary>Where to send the customer. The URL carries access to the session: give it to nobody else.</summary>
    /// <example>https://links.example.com/widget/link_demo_01m8kp8540q8w3n4r6t2v9x1ye/kyc</example>
    public required string RedirectUrl { get; init; }

    /// <summary>
    /// When the session ends, 24 hours after it was created. Until then a repeated call returns the same session.
    /// </summary>
    /// <example>2026-11-30T13:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }
}
