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

/// <summary>The link that a request is going to create.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">Shown once, by the answer.</param>
/// <param name="BaseUrl">What its URL begins with.</param>
internal sealed record PlannedLink(LinkId Id, string Token, string BaseUrl)
{
    /// <summary>True where another request may be creating this very link.</summary>
    public bool IsShared { get; init; }

    /// <summary>True where an earlier request may have created it.</summary>
    public bool IsRepeated { get; init; }
}

/// <summary>What came of creating a link.</summary>
internal abstract record LinkCreationResult
{
    /// <summary>The link, made now or by an earlier request with the same plan.</summary>
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
    /// Creates a link that no request of a partner named; null where the person has a live one, or was erased.
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
    /// Creates the planned link, unless the person has a live one; a repeated request finds the link that the first one
    /// made.
    /// </summary>
    public Task<LinkCreationResult> ExecuteAsync(
        PersonKey owner,
        CreateLinkRequest request,
        PlannedLink planned,
        CancellationToken ct
    )
    {
        // The index finds a link by the time in its id, so that is when it was created, even if a crash made the
        // partner ask twice.
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
                // It has been closed since.
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

        // Another request of this person was first, or this very transaction had succeeded and was retried underneath:
        // look for the link, too.
        begun.MayExist = true;
        return TryResult.Lost;
    }

    /// <summary>Before the first commit is tried: the index row and the message of the event.</summary>
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
        // Where another request may be creating this very link the row stays, and the list looks behind it.
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

    /// <summary>What one creation knows over its tries.</summary>
    private sealed class Begun(CreateLinkRequest request, PlannedLink planned, Link link, DateTimeOffset now)
    {
        public CreateLinkRequest Request { get; } = request;

        public PlannedLink Planned { get; } = planned;

        /// <summary>As it is to be stored, but for the id of its user, who may be new.</summary>
        public Link Link { get; } = link;

        public DateTimeOffset Now { get; } = now;

        /// <summary>True where the planned link may stand there already.</summary>
        public bool MayExist { get; set; } = planned.IsShared || planned.IsRepeated;

        /// <summary>The event whose message is sent; null before it is.</summary>
        public EventRow? Announced { get; set; }
    }
}
