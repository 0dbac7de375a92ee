using System.Security.Cryptography;
using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>The outcome of a merge in the log.</summary>
internal enum MergeOutcome
{
    Merged,
    Undone,

    /// <summary>Not done: both accounts are verified, as different people. An operator decides.</summary>
    Conflict,
}

/// <summary>An entry of the log.</summary>
internal sealed record MergeEntry
{
    public required string MergeId { get; init; }
    public required string From { get; init; }
    public required string Into { get; init; }
    public required string Channel { get; init; }
    public required string EmailHash { get; init; }
    public required string ArrivedOn { get; init; }
    public required MergeOutcome Outcome { get; init; }
    public required DateTimeOffset At { get; init; }
    public required DateTimeOffset? UndoneAt { get; init; }
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
            EmailHash = row.Text("Hash"),
            ArrivedOn = row.Text("Reference"),
            Outcome = undoneAt is null ? Enum.Parse<MergeOutcome>(row.Text("Outcome")) : MergeOutcome.Undone,
            At = row.Time("At"),
            UndoneAt = undoneAt,
        };
    }
}
