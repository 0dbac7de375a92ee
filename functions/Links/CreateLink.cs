using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>
/// <c>POST /partner/links</c>: one query, one index row, a message an event, one
/// transaction. Where data is missing, the request for it (<see cref="ILinkParticipant"/>) is a part of that transaction.
/// </summary>
internal sealed class CreateLink(
    IdPictures pictures,
    PersonStore persons,
    LinkStore links,
    LinkIndex index,
    LinkInput input,
    IdempotencyStore idempotency,
    PartnerDirectory partners,
    PublicAddress address,
    TimeProvider time
)
{
    // A picture of 5 MB is 6.7 MB as base64; the rest is small.
    private const int MaxBody = 8 * 1024 * 1024;

    [Function(nameof(CreateLink))]
    [CallLimit("create-link", 100)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/links")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = input.Read(body.Input);
        var key = IdempotencyStore.ReadKey(http, body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);

        var partner = http.Partner().Id;
        var plan = new Plan(LinkId.New(partner, time.Now()), Guid.NewGuid().ToString(), Claim: null, Repeated: false);
        if (key is not null)
        {
            switch (
                await idempotency.ClaimAsync(
                    partner,
                    key,
                    new IdempotentRequest(http.Method, http.Path, body.Bytes),
                    plan.LinkId.Value,
                    plan.Token,
                    ct
                )
            )
            {
                case IdempotencyClaim.Reused:
                    return Answer.Error(ApiError.IdempotencyKeyReused);
                case IdempotencyClaim.Again { Refusal: { } before }:
                    http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";
                    return Answer.Error(Remembered(before));
                case IdempotencyClaim.Again again:
                    plan = new Plan(LinkId.FromStorage(again.ResourceId), again.Token, again.Claim, Repeated: true);
                    break;
                case IdempotencyClaim.First first:
                    plan = plan with { Claim = first.Claim };
                    break;
            }
        }

        switch (await ExecuteAsync(new PersonKey(partner, request.Reference), request, plan, address.Of(http), ct))
        {
            case Result.Created { Link: var link, Before: var before }:
                if (before && plan.Claim is not null)
                    http.HttpContext.Response.Headers["Idempotency-Replayed"] = "true";
                return Answer.Created(
                    new
                    {
                        linkId = link.Id.Value,
                        referenceId = link.Owner.Reference.Value,
                        status = LinkStatus.Created,
                        url = link.Url,
                        token = plan.Token,
                        expiresAt = link.ExpiresAt,
                        createdAt = link.CreatedAt,
                        warnings = request.Warnings,
                    }
                );
            case Result.Refused { Error: var refusal }:
                if (plan.Claim is not null)
                    await idempotency.RefuseAsync(
                        plan.Claim,
                        JsonSerializer.Serialize(refusal, StoredJson.Options),
                        ct
                    );
                return Answer.Error(refusal);
            default:
                throw new InvalidOperationException("A link is created or refused.");
        }
    }

    /// <summary>
    /// The refusal that a key remembers: whole, or by its code alone where an earlier build remembered it.
    /// </summary>
    private static ApiError Remembered(string refusal) =>
        refusal switch
        {
            ['{', ..] => JsonSerializer.Deserialize<ApiError>(refusal, StoredJson.Options)!,
            _ when refusal == ApiError.UserErased.Code => ApiError.UserErased,
            _ => LinkErrors.SomeActiveLinkExists,
        };

    /// <summary>
    /// Creates a link that no request of this route asked for; null where the person has a live one, or was erased.
    /// </summary>
    public async Task<Link?> TryCreateAsync(
        PersonKey owner,
        CreateLinkRequest request,
        string baseUrl,
        CancellationToken ct
    )
    {
        var plan = new Plan(
            LinkId.New(owner.Partner, time.Now()),
            Guid.NewGuid().ToString(),
            Claim: null,
            Repeated: false
        );
        return await ExecuteAsync(owner, request, plan, baseUrl, ct) is Result.Created { Link: var link } ? link : null;
    }

    /// <summary>
    /// Creates the planned link, unless the person has a live one; a repeated request finds the link that the first one
    /// made.
    /// </summary>
    private async Task<Result> ExecuteAsync(
        PersonKey owner,
        CreateLinkRequest request,
        Plan plan,
        string baseUrl,
        CancellationToken ct
    )
    {
        // The index finds a link by the time in its id, so that is when it was created, even if a crash made the
        // partner ask twice.
        var createdAt = plan.LinkId.Id.Time;
        var now = plan.Repeated ? time.Now() : createdAt;
        var link = new Link
        {
            Owner = owner,
            Id = plan.LinkId,
            Stored = LinkStatus.Created,
            Url = $"{baseUrl}/widget/{plan.LinkId}/{request.Flow}",
            Flow = request.Flow,
            CreatedAt = createdAt,
            ExpiresAt = now.AddMinutes(request.ExpiresInMinutes),
            TokenHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(plan.Token))),
            UserId = "",
            Theme = request.Theme,
            Language = request.Language,
            CallbackUrl = request.CallbackUrl,
            Metadata = request.Metadata,
        };
        EventRow? created = null;
        return await Contention.RepeatAsync<Result>(
            async () =>
            {
                // The planned link may exist: another request with the same Idempotency-Key can have made it.
                var person = await persons.ReadAsync(
                    owner,
                    plan.Repeated || plan.Claim is not null ? [Link.RowKeyOf(plan.LinkId)] : [],
                    ct
                );
                if (person.Link(plan.LinkId) is { } before)
                    return new Result.Created(before, Before: true);
                if (person.ErasedAt is not null)
                    return await RefuseAsync(plan, ApiError.UserErased, announced: created is not null, ct);
                if (person.ActiveLink is { } active && active.IsLive(now))
                {
                    if (await FindLiveAsync(owner, active.LinkId, now, ct) is { } live)
                        return await RefuseAsync(
                            plan,
                            LinkErrors.ActiveLinkExists(live, now),
                            announced: created is not null,
                            ct
                        );
                    // It has been closed since.
                    return TryResult.Lost;
                }

                var (given, problem) = await person.ReadNumberAsync(request.UserData ?? UserData.None, ct);
                if (problem is not null)
                    return await RefuseAsync(plan, ApiError.Invalid([problem]), announced: created is not null, ct);
                if (person.IsNew)
                    await person.CreateAsync(now, ct);
                await person.MergeAsync(given, FieldSource.PartnerApi, link.Id.Value, now, ct);
                link = link with { UserId = person.User.UserId };
                person.Add(link, now);
                if (created is null)
                {
                    created = LinkEvents.New(PartnerEvents.LinkCreated, link, link.CreatedAt, LinkEvents.Created(link));
                    await Task.WhenAll(AddToIndexAsync(link, ct), persons.AnnounceAsync(created, ct));
                }
                person.Raise(created);
                links.Join(person, link, await partners.FindAsync(owner.Partner, ct), baseUrl, now);
                person.RaiseStatusChange(link.ForEvent, now);
                if (request.UserData?.IdImage is { } image)
                    await pictures.StoreAsync(person, image, link.Id.Value, ct);
                if (await persons.TryCommitAsync(person, announced: created, ct))
                    return new Result.Created(link, Before: false);

                // Another request of this person was first, or this very transaction had succeeded and was retried
                // underneath: look for the link, too.
                plan = plan with
                {
                    Repeated = true,
                };
                return TryResult.Lost;
            },
            ct
        );
    }

    private async Task<Link?> FindLiveAsync(PersonKey owner, LinkId id, DateTimeOffset now, CancellationToken ct) =>
        (await persons.ReadAsync(owner, [Link.RowKeyOf(id)], ct)).Link(id) is { } link
        && !LinkTransitions.IsFinal(link.StatusAt(now))
            ? link
            : null;

    private async Task<Result> RefuseAsync(Plan plan, ApiError error, bool announced, CancellationToken ct)
    {
        // With an Idempotency-Key another request may be creating this very link: then the row stays, and the list
        // looks behind it.
        if (announced && plan.Claim is null)
            await index.RemoveAsync(plan.LinkId, ct);
        return new Result.Refused(error);
    }

    private async Task AddToIndexAsync(Link link, CancellationToken ct)
    {
        try
        {
            await index.AddAsync(link, ct);
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            // A request with the same Idempotency-Key, or an earlier try of this one, wrote the row.
        }
    }

    /// <summary>The ids that this request is going to use.</summary>
    /// <param name="LinkId">The link to create.</param>
    /// <param name="Token">Shown by the answer.</param>
    /// <param name="Claim">Where the Idempotency-Key is claimed, if the request came with one.</param>
    /// <param name="Repeated">The link may exist already.</param>
    private sealed record Plan(LinkId LinkId, string Token, string? Claim, bool Repeated);

    private abstract record Result
    {
        /// <summary>The link; <paramref name="Before"/> when an earlier request made it.</summary>
        public sealed record Created(Link Link, bool Before) : Result;

        public sealed record Refused(ApiError Error) : Result;
    }
}
