using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>
/// The table Links: finds a link's person by the link's id, and lists a partner's links newest first (see
/// <see cref="TimeIndex"/>).
/// </summary>
internal sealed class LinkIndex(AppTables tables) : IDisposable
{
    private readonly TimeIndex _rows = new(tables.Links);
    private readonly Unchanging<LinkId, PersonKey> _owners = new();

    /// <summary>Writes the row of a link before the link exists.</summary>
    public Task AddAsync(Link link, CancellationToken ct) =>
        _rows.AddAsync(
            link.Id.Partner,
            link.Id.Id,
            new Dictionary<string, object?>
            {
                ["Reference"] = link.Owner.Reference.Value,
                ["Url"] = link.Url,
                ["UserId"] = link.UserId,
                ["ExpiresAt"] = link.ExpiresAt,
            },
            ct
        );

    /// <summary>Deletes the row of a link that was not created.</summary>
    public Task RemoveAsync(LinkId id, CancellationToken ct) => _rows.RemoveAsync(id.Partner, id.Id, ct);

    /// <summary>The person of a link; null for an unknown id.</summary>
    public Task<PersonKey?> FindOwnerAsync(LinkId id, CancellationToken ct) =>
        _owners.FindAsync(
            id,
            async () =>
                await _rows.FindAsync(id.Partner, id.Id, ["Reference"], ct) is { } row
                    ? new PersonKey(id.Partner, ReferenceId.FromStorage(row.Text("Reference")))
                    : null
        );

    /// <summary>The same for a link that is known to exist.</summary>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public async Task<PersonKey> RequireOwnerAsync(LinkId id, CancellationToken ct) =>
        await FindOwnerAsync(id, ct) ?? throw new InvalidOperationException($"There is no link '{id}'.");

    /// <summary>Copies a partner's revocation at once, so that the partner's next list has it.</summary>
    public Task RevokeAsync(Link revoked, CancellationToken ct) =>
        _rows.MergeAsync(
            revoked.Id.Partner,
            revoked.Id.Id,
            new Dictionary<string, object?> { ["RevokedAt"] = revoked.RevokedAt },
            ct
        );

    /// <summary>
    /// Copies what an event tells into its link's row. Events that change no column cost nothing.
    /// </summary>
    public Task ApplyAsync(EventRow happened, CancellationToken ct)
    {
        var column = happened.Name switch
        {
            PartnerEvents.LinkCreated => "Committed",
            PartnerEvents.LinkOpened => "OpenedAt",
            PartnerEvents.LinkRevoked => "RevokedAt",
            _ => null,
        };
        if (column is null)
            return Task.CompletedTask;
        var id = LinkId.FromStorage(happened.LinkId!);
        return _rows.MergeAsync(
            id.Partner,
            id.Id,
            new Dictionary<string, object?> { [column] = column == "Committed" ? true : happened.Id.Time },
            ct
        );
    }

    /// <summary>The partner's rows of links created in a span, newest first.</summary>
    public AsyncPageable<TableEntity> Read(
        PartnerId partner,
        DateTimeOffset? from,
        DateTimeOffset? to,
        CancellationToken ct
    ) => _rows.Read(partner, from, to, ct);

    public void Dispose() => _owners.Dispose();
}
