using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>An authorised request of the widget.</summary>
/// <param name="Link">As read for this request; a change must decide on the link of the person that it is handed.</param>
/// <param name="Person">
/// The link's person, with the requested rows: what a change may begin with (<see cref="PersonStore.ChangeAsync"/>).
/// </param>
internal sealed record WidgetVisit(Link Link, Person Person);

/// <summary>A visit, or the reason for refusing it.</summary>
internal sealed record WidgetEntry(WidgetVisit? Visit, ApiError? Refusal)
{
    public static WidgetEntry Refused(ApiError error) => new(null, error);
}

/// <summary>
/// Authorises every route under <c>/widget/links/{linkId}</c> except <c>open</c>: requires <c>Authorization:
/// Bearer</c> with this link's session, and a link that is in use.
/// </summary>
internal sealed class WidgetAccess(WidgetSession sessions, LinkIndex index, PersonStore persons, TimeProvider time)
{
    private const string Scheme = "Bearer ";

    /// <summary>
    /// Authorises a request: 404 for an unknown link, 401 without its session, 409 for a link that is not opened yet
    /// or closed.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="linkId">As in the route.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <param name="afterCompletion">
    /// True for calls that a completed link allows: viewing, and cancelling the transfer.
    /// </param>
    /// <param name="also">Further rows of the person to read, by their keys.</param>
    public async Task<WidgetEntry> RequireAsync(
        HttpRequest http,
        string linkId,
        CancellationToken ct,
        bool afterCompletion = false,
        Func<LinkId, IEnumerable<string>>? also = null
    )
    {
        if (!LinkId.TryParse(linkId, out var id))
            return WidgetEntry.Refused(ApiError.NotFound);
        var admitted =
            http.HeaderText("Authorization") is { } header
            && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && await sessions.IsValidAsync(header[Scheme.Length..].Trim(), id, ct);
        if (await index.FindOwnerAsync(id, ct) is not { } owner)
            return WidgetEntry.Refused(ApiError.NotFound);
        if (!admitted)
            return WidgetEntry.Refused(ApiError.NoWidgetSession);
        var person = await persons.ReadAsync(
            owner,
            [.. (also?.Invoke(id) ?? []).Prepend(Link.RowKeyOf(id)).Distinct()],
            ct
        );
        if (person.Link(id) is not { } link)
            return WidgetEntry.Refused(ApiError.NotFound);
        return Refusal(link, time.GetUtcNow(), afterCompletion) is { } refusal
            ? WidgetEntry.Refused(refusal)
            : new WidgetEntry(new WidgetVisit(link, person), null);
    }

    /// <summary>
    /// Why a link cannot be used now; null if it can. Each change calls this again with the link that it reads.
    /// </summary>
    public static ApiError? Refusal(Link link, DateTimeOffset now, bool afterCompletion = false) =>
        link.StatusAt(now) switch
        {
            LinkStatus.Expired => ApiError.LinkExpired,
            LinkStatus.Revoked => ApiError.LinkRevoked,
            LinkStatus.Completed => afterCompletion ? null : ApiError.LinkCompleted,
            LinkStatus.Created => ApiError.LinkNotOpened,
            _ => null,
        };
}
