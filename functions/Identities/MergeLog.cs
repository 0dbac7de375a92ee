using System.Security.Cryptography;
using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>What came of a merge.</summary>
internal enum MergeOutcome
{
    /// <summary>The two accounts are one.</summary>
    Merged,

    /// <summary>An operator has made two accounts of it again.</summary>
    Undone,

    /// <summary>Not done: both accounts are verified, as different people. An operator decides.</summary>
    Conflict,
}

/// <summary>A merge of two accounts that used the same e-mail address, done or refused.</summary>
internal sealed record MergeEntry
{
    /// <summary>The merge's id, for undoing it.</summary>
    /// <example>merge_demo_01m8kp85402f4h6k8n1q3s5v7x</example>
    public required string MergeId { get; init; }

    /// <summary>A reference of the newer account, which became part of the older one.</summary>
    /// <example>acme-0002</example>
    public required string From { get; init; }

    /// <summary>A reference of the older account, which survived.</summary>
    /// <example>acme-0001</example>
    public required string Into { get; init; }

    /// <summary>
    /// The call that brought the address: <c>Patch</c>, <c>TokenShare</c>, <c>Otp</c>, <c>Reliance</c> or
    /// <c>Documents</c>. <c>Request</c>: none came, an operator merged at the partner's request.
    /// </summary>
    /// <example>Otp</example>
    public required string Channel { get; init; }

    /// <summary>
    /// A keyed hash of the address. It is the same for the same address of the same partner. Absent for a
    /// <c>Request</c>.
    /// </summary>
    /// <example>718d1026ef502081bb3266c148cf70bff2d0bfc0fc5cc818fec659f998568802</example>
    public string? EmailHash { get; init; }

    /// <summary>The reference in the call that brought the address.</summary>
    /// <example>acme-0002</example>
    public required string ArrivedOn { get; init; }

    /// <summary>
    /// <c>merged</c>; <c>undone</c>: two accounts again; <c>conflict</c>: not done, as both accounts were verified as
    /// different people.
    /// </summary>
    /// <example>merged</example>
    public required MergeOutcome Outcome { get; init; }

    /// <summary>When the address came.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the merge was undone. Absent where it was not.</summary>
    /// <example>2026-11-30T09:30:00.000Z</example>
    public DateTimeOffset? UndoneAt { get; init; }
}

/// <summary>
/// The table Merges: a partner's done and refused merges, newest first, for operators. The authoritative record of a
/// merge is in its account (<see cref="MergeRecord"/>).
/// </summary>
internal sealed class MergeLog(AppTables tables)
{
    private readonly TimeIndex _rows = new(tables.Merges);

    /// <summary>Logs a merge. Idempotent.</summary>
    public Task NoteAsync(MergeRecord merge, CancellationToken ct) =>
        MergeId.TryParse(merge.Id, out var id)
            ? UpsertAsync(id.Partner, id.Id, merge.From, merge.Into, merge.Arrived, MergeOutcome.Merged, ct)
            : Task.CompletedTask;

    /// <summary>Logs that a merge was undone.</summary>
    public Task NoteUndoneAsync(string merge, DateTimeOffset at, CancellationToken ct) =>
        MergeId.TryParse(merge, out var id)
            ? _rows.MergeAsync(id.Partner, id.Id, new Dictionary<string, object?> { ["UndoneAt"] = at }, ct)
            : Task.CompletedTask;

    /// <summary>
    /// Flags two accounts with a conflict for review: one entry per pair and day, however often the merge is tried.
    /// </summary>
    public Task NoteConflictAsync(Person newer, Person older, EmailArrived arrived, CancellationToken ct)
    {
        var day = new DateTimeOffset(arrived.At.UtcDateTime.Date, TimeSpan.Zero);
        var pair = SHA256.HashData(Encoding.UTF8.GetBytes($"{newer.Key.Partition}\n{older.Key.Partition}"));
        return UpsertAsync(
            newer.Key.Partner,
            Ulid.Of(day, pair),
            newer.Key,
            older.Key,
            arrived,
            MergeOutcome.Conflict,
            ct
        );
    }

    /// <summary>A partner's entries, newest first.</summary>
    public async IAsyncEnumerable<MergeEntry> ReadAsync(
        PartnerId partner,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        await foreach (var row in _rows.Read(partner, from: null, to: null, ct))
            yield return EntryOf(partner, row);
    }

    /// <summary>One entry; null where there is none.</summary>
    public async Task<MergeEntry?> FindAsync(string merge, CancellationToken ct) =>
        MergeId.TryParse(merge, out var id) && await _rows.FindAsync(id.Partner, id.Id, select: null, ct) is { } row
            ? EntryOf(id.Partner, row)
            : null;

    private Task UpsertAsync(
        PartnerId partner,
        Ulid id,
        PersonKey from,
        PersonKey into,
        EmailArrived arrived,
        MergeOutcome outcome,
        CancellationToken ct
    ) =>
        _rows.UpsertAsync(
            partner,
            id,
            new Dictionary<string, object?>
            {
                ["From"] = from.Reference.Value,
                ["Into"] = into.Reference.Value,
                ["Channel"] = arrived.Channel.ToString(),
                ["Hash"] = arrived.Hash,
                ["Reference"] = arrived.Reference.Value,
                ["At"] = arrived.At,
                ["Outcome"] = outcome.ToString(),
            },
            ct
        );

    private static MergeEntry EntryOf(PartnerId partner, TableEntity row)
    {
        var undoneAt = row.GetDateTimeOffset("UndoneAt");
        return new MergeEntry
        {
            MergeId = MergeId.Of(partner, TimeIndex.IdOf(row)).Value,
            From = row.Text("From"),
            Into = row.Text("Into"),
            Channel = row.Text("Channel"),
            EmailHash = row.GetString("Hash"),
            ArrivedOn = row.Text("Reference"),
            Outcome = undoneAt is null ? Enum.Parse<MergeOutcome>(row.Text("Outcome")) : MergeOutcome.Undone,
            At = row.Time("At"),
            UndoneAt = undoneAt,
        };
    }
}
