using System.Security.Cryptography;
using System.Text;
using Azure;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>The link that a request will create.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">Shown once, in the answer.</param>
/// <param name="BaseUrl">Start of its URL.</param>
internal sealed record PlannedLink(LinkId Id, string Token, string BaseUrl)
{
    /// <summary>True if a concurrent request may be creating the same link.</summary>
    public bool IsShared { get; init; }

    /// <summary>True where an earlier request may have created it.</summary>
    public bool IsRepeated { get; init; }
}

/// <summary>Result of a creation.</summary>
internal abstract record LinkCreationResult
{
    /// <summary>The link, created now or by an earlier request with the same plan.</summary>
    public sealed record Created(Link Link) : LinkCreationResult;

    public sealed record Refused(ApiError Error) : LinkCreationResult;
}

/// <summary>
/// Creates a link: one query, one index row, a message an event, one transaction. Where data is missing, the request
/// for it (<see cref="ILinkParticipant"/>) is a part of that transaction.
/// </summary>
internal sealed class LinkCreation(
    PersonStore persons,
    LinkStore links,
    LinkIndex index,
    IdPictures pictures,
    PartnerDirectory partners,
    TimeProvider time
)
{
    /// <summary>
    /// Creates a link without a partner's request for it; null if the person has an active one, or was erased.
    /// </summary>
    public async Task<Link?> TryCreateAsync(
        PersonKey owner,
        CreateLinkRequest request,
        string baseUrl,
        CancellationToken ct
    )
    {
        var planned = new PlannedLink(LinkId.New(owner.Partner, time.Now()), Guid.NewGuid().ToString(), baseUrl);
        var result = await ExecuteAsync(owner, request, planned, ct);
        return result is LinkCreationResult.Created { Link: var link } ? link : null;
    }

    /// <summary>
    /// Creates the planned link, unless the person has an active one; a repeated request returns the link of the first
    /// one.
    /// </summary>
    public Task<LinkCreationResult> ExecuteAsync(
        PersonKey owner,
        CreateLinkRequest request,
        PlannedLink planned,
        CancellationToken ct
    )
    {
        // The index finds a link by the time in its id, so that time is its creation, even if the partner repeats the
        // request after a crash.
        var createdAt = planned.Id.Id.Time;
        var now = planned.IsRepeated ? time.Now() : createdAt;
        var link = new Link
        {
            Owner = owner,
            Id = planned.Id,
            Stored = LinkStatus.Created,
            Url = $"{planned.BaseUrl}/widget/{planned.Id}/{request.Flow}",
            Flow = request.Flow,
            CreatedAt = createdAt,
            ExpiresAt = now.AddMinutes(request.ExpiresInMinutes),
            TokenHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(planned.Token))),
            UserId = "",
            Theme = request.Theme,
            Language = request.Language,
            CallbackUrl = request.CallbackUrl,
            Metadata = request.Metadata,
        };
        var begun = new Begun(request, planned, link, now);
        return Contention.RepeatAsync(() => TryCreateAsync(begun, ct), ct);
    }

    private async Task<TryResult<LinkCreationResult>> TryCreateAsync(Begun begun, CancellationToken ct)
    {
        var (owner, id, now) = (begun.Link.Owner, begun.Link.Id, begun.Now);
        var person = await persons.ReadAsync(owner, begun.MayExist ? [Link.RowKeyOf(id)] : [], ct);
        if (person.Link(id) is { } before)
            return new LinkCreationResult.Created(before);
        if (person.ErasedAt is not null)
            return await RefuseAsync(begun, ApiError.UserErased, ct);
        if (person.ActiveLink is { } active && active.IsLive(now))
            return await FindLiveAsync(owner, active.LinkId, now, ct) is { } live
                ? await RefuseAsync(begun, LinkErrors.ActiveLinkExists(live, now), ct)
                // The active link was closed since this person was read: decide again.
                : TryResult.Lost;

        var (given, problem) = await person.ReadNumberAsync(begun.Request.UserData ?? UserData.None, ct);
        if (problem is not null)
            return await RefuseAsync(begun, ApiError.Invalid([problem]), ct);
        if (person.IsNew)
            await person.CreateAsync(now, ct);
        await person.MergeAsync(given, FieldSource.PartnerApi, id.Value, now, ct);
        var link = begun.Link with { UserId = person.User.UserId };
        person.Add(link, now);
        var announced = await AnnounceOnceAsync(begun, link, ct);
        person.Raise(announced);
        links.Join(person, link, await partners.FindAsync(owner.Partner, ct), begun.Planned.BaseUrl, now);
        person.RaiseStatusChange(link.ForEvent, now);
        if (begun.Request.UserData?.IdImage is { } image)
            await pictures.StoreAsync(person, image, id.Value, ct);
        if (await persons.TryCommitAsync(person, announced, ct))
            return new LinkCreationResult.Created(link);

        // Either another request was first, or this transaction succeeded and its retry reported a conflict: look for
        // the link, too.
        begun.MayExist = true;
        return TryResult.Lost;
    }

    /// <summary>Before the first commit: writes the index row and sends the event's message.</summary>
    private async Task<EventRow> AnnounceOnceAsync(Begun begun, Link link, CancellationToken ct)
    {
        if (begun.Announced is { } before)
            return before;
        var created = LinkEvents.New(PartnerEvents.LinkCreated, link, link.CreatedAt, LinkEvents.Created(link));
        begun.Announced = created;
        await Task.WhenAll(AddToIndexAsync(link, ct), persons.AnnounceAsync(created, ct));
        return created;
    }

    private async Task<Link?> FindLiveAsync(PersonKey owner, LinkId id, DateTimeOffset now, CancellationToken ct) =>
        (await persons.ReadAsync(owner, [Link.RowKeyOf(id)], ct)).Link(id) is { } link
        && !LinkTransitions.IsFinal(link.StatusAt(now))
            ? link
            : null;

    private async Task<LinkCreationResult> RefuseAsync(Begun begun, ApiError error, CancellationToken ct)
    {
        // If a concurrent request may be creating the same link, its row must stay; the list ignores a row without a
        // link.
        if (begun.Announced is not null && !begun.Planned.IsShared)
            await index.RemoveAsync(begun.Link.Id, ct);
        return new LinkCreationResult.Refused(error);
    }

    private async Task AddToIndexAsync(Link link, CancellationToken ct)
    {
        try
        {
            await index.AddAsync(link, ct);
        }
        catch (RequestFailedException ex) when (ex.Status == 409)
        {
            // Another request with the same plan wrote the row.
        }
    }

    /// <summary>What one creation remembers between its tries.</summary>
    private sealed class Begun(CreateLinkRequest request, PlannedLink planned, Link link, DateTimeOffset now)
    {
        public CreateLinkRequest Request { get; } = request;

        public PlannedLink Planned { get; } = planned;

        /// <summary>The link to store, without the id of its user, who may be new.</summary>
        public Link Link { get; } = link;

        public DateTimeOffset Now { get; } = now;

        /// <summary>True if the planned link may exist already.</summary>
        public bool MayExist { get; set; } = planned.IsShared || planned.IsRepeated;

        /// <summary>The event whose message was sent; null before that.</summary>
        public EventRow? Announced { get; set; }
    }
}
