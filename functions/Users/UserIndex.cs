using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>A person's status after a change; travels in the change's first event.</summary>
/// <param name="UserId">M2M's own id of the person.</param>
/// <param name="Version">Counts the changes of the status, from 1.</param>
/// <param name="Status">The status since this change.</param>
/// <param name="CreatedAt">When the person was created.</param>
/// <param name="At">When the change happened.</param>
internal sealed record UserStamp(
    string UserId,
    int Version,
    UserStatus Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset At
)
{
    public static UserStamp Parse(string text) =>
        JsonSerializer.Deserialize<UserStamp>(text, StoredJson.Options)
        ?? throw new FormatException("An event's stamp is empty.");

    public string ToText() => JsonSerializer.Serialize(this, StoredJson.Options);
}

/// <summary>A line of the index.</summary>
internal sealed record IndexedUser(ReferenceId Reference, UserStamp Stamp);

/// <summary>
/// The table UserIndex (partition: partner, row: reference): lists a partner's users by status. Each change of status
/// is one merge.
/// </summary>
/// <remarks>
/// Merges can arrive in any order, so each change has a column of its own and the highest version counts. The columns
/// are used in turn: a merge would have to be <see cref="Columns"/> changes late to hide a newer one.
/// </remarks>
internal sealed class UserIndex(AppTables tables)
{
    private const int Columns = 16;
    private const string ColumnPrefix = "Change";
    private const string Erased = "Erased";

    /// <summary>Copies a change.</summary>
    public Task ApplyAsync(PersonKey owner, UserStamp stamp, CancellationToken ct) =>
        tables.UserIndex.UpsertEntityAsync(
            new TableEntity(owner.Partner.Value, owner.Reference.Value)
            {
                [$"{ColumnPrefix}{stamp.Version % Columns}"] = stamp.ToText(),
            },
            TableUpdateMode.Merge,
            ct
        );

    /// <summary>
    /// Removes an erased person from the list. The row stays, so that a late merge cannot bring the person back.
    /// </summary>
    public Task EraseAsync(PersonKey owner, CancellationToken ct) =>
        tables.UserIndex.UpsertEntityAsync(
            new TableEntity(owner.Partner.Value, owner.Reference.Value) { [Erased] = true },
            TableUpdateMode.Merge,
            ct
        );

    /// <summary>The partner's users by reference, from the one after <paramref name="after"/> on.</summary>
    public async IAsyncEnumerable<IndexedUser> ReadAsync(
        PartnerId partner,
        string? after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct
    )
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partner.Value} and RowKey gt {after ?? ""}");
        await foreach (var row in tables.UserIndex.QueryAsync<TableEntity>(filter, cancellationToken: ct))
        {
            if (row.ContainsKey(Erased))
                continue;
            var newest = row.Where(column => column.Key.StartsWith(ColumnPrefix, StringComparison.Ordinal))
                .Select(column => UserStamp.Parse((string)column.Value))
                .MaxBy(stamp => stamp.Version);
            if (newest is not null)
                yield return new IndexedUser(ReferenceId.FromStorage(row.RowKey), newest);
        }
    }
}

/// <summary>Updates the index from events.</summary>
internal sealed class UserIndexFollower(UserIndex index) : IEventFollower
{
    public async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        var owner = new PersonKey(happened.Partner, happened.Reference);
        if (happened.User is { } text && UserStamp.Parse(text) is var stamp)
            await index.ApplyAsync(owner, stamp, ct);
        if (happened.Name == InternalEvents.UserErased)
            await index.EraseAsync(owner, ct);
    }
}
