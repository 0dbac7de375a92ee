using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>
/// The sessions of partners' browsers in the table Sessions. An API key is exchanged for one, so that no page keeps a
/// key; it ends with the key, with the partner's suspension, by signing out, or after <see cref="Lifetime"/>.
/// </summary>
/// <remarks>
/// Read through a cache, as keys are: the end of one is effective at once on the instance that ended it, and within
/// <see cref="PartnerDirectory.Staleness"/> on every other.
/// </remarks>
internal sealed class PartnerSessions(AppTables tables, PartnerDirectory partners, KeyRing keyRing, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    /// <summary>Where a page sends the anti-forgery token.</summary>
    public const string CsrfHeader = "X-CSRF-Token";

    private const string CsrfPurpose = "portal-csrf";

    private readonly RecentReads<SessionId, PartnerSession> _recent = new(
        id => ReadAsync(tables, id),
        PartnerDirectory.Staleness,
        time
    );

    /// <summary>Begins a session of the key's partner, and says what to put into the cookie.</summary>
    public async Task<(PartnerSession Session, string Token)> BeginAsync(
        PartnerId partner,
        ApiKey key,
        CancellationToken ct
    )
    {
        var (id, token) = SessionId.New(partner);
        var session = new PartnerSession(id, key.Hash, time.Now() + Lifetime);
        await tables.Sessions.AddEntityAsync(
            new TableEntity(id.Partner.Value, id.Hash)
            {
                ["KeyHash"] = session.KeyHash,
                ["ExpiresAt"] = session.ExpiresAt,
            },
            ct
        );
        return (session, token);
    }

    /// <summary>The session of a token; null where there is none, where it has ended, or its key was revoked.</summary>
    public async Task<PartnerSession?> FindAsync(string token, CancellationToken ct)
    {
        if (SessionId.Of(token) is not { } id || await _recent.FindAsync(id, ct) is not { } session)
            return null;
        return
            time.GetUtcNow() < session.ExpiresAt && await partners.FindByKeyHashAsync(session.KeyHash, ct) == id.Partner
            ? session
            : null;
    }

    /// <summary>Signs out. What has ended already stays so.</summary>
    public async Task EndAsync(PartnerSession session, CancellationToken ct)
    {
        await tables.Sessions.DeleteEntityAsync(session.Id.Partner.Value, session.Id.Hash, ETag.All, ct);
        _recent.Forget(session.Id);
    }

    /// <summary>
    /// What a page sends with every change (<c>X-CSRF-Token</c>): another page can send the cookie, but cannot know
    /// this.
    /// </summary>
    public ValueTask<string> CsrfTokenAsync(PartnerSession session, CancellationToken ct) =>
        keyRing.SignAsync(session.Id.Hash, CsrfPurpose, ct);

    /// <summary>True for the session's own anti-forgery token.</summary>
    public ValueTask<bool> IsCsrfTokenAsync(PartnerSession session, string token, CancellationToken ct) =>
        keyRing.IsSignedAsync(session.Id.Hash, CsrfPurpose, token, ct);

    private static async Task<PartnerSession?> ReadAsync(AppTables tables, SessionId id)
    {
        var row = await tables.Sessions.GetEntityIfExistsAsync<TableEntity>(id.Partner.Value, id.Hash);
        return row.HasValue ? new PartnerSession(id, row.Value!.Text("KeyHash"), row.Value!.Time("ExpiresAt")) : null;
    }
}
