using Azure;
using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Reviews;

/// <summary>A row of the index: a person whom operators should look at.</summary>
/// <param name="Person">The person whose rows say so.</param>
/// <param name="Since">Since when.</param>
internal sealed record IndexedPerson(PersonKey Person, DateTimeOffset Since)
{
    /// <summary>Orders by time, and by the person within a moment.</summary>
    public string Key => $"{Since.UtcTicks:D19}|{Person.Partition}";
}

/// <summary>
/// The table Reviews: who waits for an operator's decision (partition <c>open</c>), and whose account is blocked
/// (<c>blocked</c>); a row a person. The truth is in the persons' own rows.
/// </summary>
/// <remarks>
/// A row is written from the truth as it was read, and the truth is read again until it is what was written: of two
/// refreshes that cross, the one that ends last has seen the newest, so that late and repeated events do no harm.
/// </remarks>
internal sealed class ReviewIndex(AppTables tables, PersonStore persons)
{
    public const string Open = "open";
    public const string Blocked = "blocked";

    private const string SinceColumn = "Since";

    /// <summary>A person with all rows that tell whether it waits.</summary>
    public Task<Person> ReadAsync(PersonKey key, CancellationToken ct) => persons.ReadAsync(key, [], ct, KycShare.Kind);

    /// <summary>Makes the rows of a person what its own rows say.</summary>
    public async Task RefreshAsync(PersonKey key, CancellationToken ct)
    {
        var seen = await SeeAsync(key, ct);
        while (true)
        {
            await WriteAsync(Open, key, seen.OpenSince, ct);
            await WriteAsync(Blocked, key, seen.BlockedSince, ct);
            var now = await SeeAsync(key, ct);
            if (now == seen)
                return;
            seen = now;
        }
    }

    /// <summary>The persons of a partition, longest first: of one partner, or of all.</summary>
    public async Task<IReadOnlyList<IndexedPerson>> ListAsync(
        string partition,
        PartnerId? partner,
        CancellationToken ct
    )
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partition}");
        if (partner is not null)
        {
            // '}' is the character after '|', which ends a partner's id.
            var (first, end) = ($"{partner}|", partner + "}");
            filter += TableClient.CreateQueryFilter($" and RowKey ge {first} and RowKey lt {end}");
        }
        var found = new List<IndexedPerson>();
        await foreach (var row in tables.Reviews.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            found.Add(new IndexedPerson(PersonKey.FromPartition(row.RowKey), row.Time(SinceColumn)));
        return [.. found.OrderBy(person => person.Key, StringComparer.Ordinal)];
    }

    /// <summary>The page of a partition, longest first, of those persons who still are what it says.</summary>
    /// <param name="page">Which page.</param>
    /// <param name="found">The persons, as <see cref="ListAsync"/> has them.</param>
    /// <param name="show">What is shown of a person; null of one who is it no more.</param>
    /// <param name="ct">Cancels the call.</param>
    public static async Task<Http.Page<T>> ShowAsync<T>(
        PageRequest page,
        IEnumerable<IndexedPerson> found,
        Func<PersonKey, Task<T?>> show,
        CancellationToken ct
    )
        where T : class
    {
        var (persons, pagination) = await page.TakeAsync(
            found.ToAsyncEnumerable(),
            person => person.Key,
            ct,
            descending: false
        );
        var items = await Task.WhenAll(persons.Select(person => show(person.Person)));
        return new Http.Page<T> { Items = [.. items.OfType<T>()], Pagination = pagination };
    }

    private async Task<Seen> SeeAsync(PersonKey key, CancellationToken ct)
    {
        var person = await ReadAsync(key, ct);
        return new Seen(
            OpenReview.Of(person)?.Since,
            OperatorsView.IsBlocked(person) ? (await BlockOfAsync(key, ct))?.Id.Time ?? person.User.CreatedAt : null
        );
    }

    /// <summary>
    /// The last block of an account; null where it came with a merge, whose other account keeps the row.
    /// </summary>
    public async Task<BlockChange?> BlockOfAsync(PersonKey root, CancellationToken ct)
    {
        BlockChange? last = null;
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                BlockChange.Kind.FilterIn(root.Partition),
                cancellationToken: ct
            )
        )
            if (BlockChange.FromRow(row) is { Blocked: true } block)
                last = block;
        return last;
    }

    private async Task WriteAsync(string partition, PersonKey key, DateTimeOffset? since, CancellationToken ct)
    {
        if (since is { } at)
            await tables.Reviews.UpsertEntityAsync(
                new TableEntity(partition, key.Partition) { [SinceColumn] = at },
                TableUpdateMode.Replace,
                ct
            );
        else
            // That there is none is no error.
            await tables.Reviews.DeleteEntityAsync(partition, key.Partition, ETag.All, ct);
    }

    /// <summary>What the person's own rows say.</summary>
    private readonly record struct Seen(DateTimeOffset? OpenSince, DateTimeOffset? BlockedSince);
}

/// <summary>In which lists a person stands, for <see cref="PersonStore"/>.</summary>
internal sealed class OperatorsView : IOperatorsView
{
    /// <inheritdoc/>
    public string? Of(Person person) =>
        (OpenReview.Of(person), IsBlocked(person)) switch
        {
            (null, false) => null,
            var (open, blocked) => $"{open} {blocked}",
        };

    /// <summary>True for the root of a blocked account.</summary>
    public static bool IsBlocked(Person person) => !person.IsNew && person.IsRoot && person.Account.Blocked;
}

/// <summary>Keeps the index by the events of changes that moved a person into a list or out of one.</summary>
internal sealed class ReviewFollower(ReviewIndex index) : IEventFollower
{
    public Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct) =>
        happened.TellsOperators ? index.RefreshAsync(happened.Owner, ct) : Task.CompletedTask;
}
