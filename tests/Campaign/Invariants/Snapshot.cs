using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Cip;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Operations;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;
using Serverless.Functions.Webhooks.Deliveries;
using RequestFailedException = Azure.RequestFailedException;

namespace Serverless.Campaign;

/// <summary>All tables at a rest, and their rows as the app reads them.</summary>
internal sealed class Snapshot
{
    private const int Prefix = 1;
    private readonly Dictionary<string, List<TableEntity>> _tables;

    private Snapshot(Dictionary<string, List<TableEntity>> tables)
    {
        _tables = tables;
        Events = [.. Rows<EventRow>().OrderBy(row => row.Id.Text, StringComparer.Ordinal).ThenBy(row => row.Order)];
        Links = Rows<Link>().ToDictionary(link => link.Id.Value);
        Operations = Rows<Operation>().ToDictionary(operation => operation.Id.Value);
        Requests = [.. Rows<DataRequest>()];
        Tickets = [.. Rows<CipTicket>()];
        Users = Rows<User>().ToDictionary(user => user.Key.Partition);
        Accounts = Rows<Account>().ToDictionary(account => account.Root.Partition);
        Deliveries = Table("Deliveries")
            .Select(row =>
                Delivery.FromRow(
                    row,
                    PartnerId.FromStorage(row.PartitionKey.Split('|')[0]),
                    Ulid.FromStorage(Ulid.Invert(row.RowKey))
                )
            )
            .ToDictionary(delivery => delivery.Id.Text);
    }

    public IReadOnlyList<EventRow> Events { get; }
    public IReadOnlyDictionary<string, Link> Links { get; }
    public IReadOnlyDictionary<string, Operation> Operations { get; }
    public IReadOnlyList<DataRequest> Requests { get; }
    public IReadOnlyList<CipTicket> Tickets { get; }

    /// <summary>By partition.</summary>
    public IReadOnlyDictionary<string, User> Users { get; }

    public IReadOnlyDictionary<string, Account> Accounts { get; }

    /// <summary>By the event's id.</summary>
    public IReadOnlyDictionary<string, Delivery> Deliveries { get; }

    public IEnumerable<string> Names => _tables.Keys;

    /// <summary>What messages and orchestrations hold where they lie in storage, too.</summary>
    public List<(string Where, byte[] Bytes)> Others { get; } = [];

    public static async Task<Snapshot> ReadAsync(TableServiceClient service, CancellationToken ct)
    {
        var tables = new Dictionary<string, List<TableEntity>>();
        await foreach (var table in service.QueryAsync(cancellationToken: ct))
        {
            var rows = new List<TableEntity>();
            try
            {
                await foreach (
                    var row in service.GetTableClient(table.Name).QueryAsync<TableEntity>(cancellationToken: ct)
                )
                    rows.Add(row);
            }
            catch (RequestFailedException ex) when (ex.Status == 404)
            {
                // The nightly chores have just dropped it.
                continue;
            }
            tables[
                table.Name.StartsWith(World.TablePrefix, StringComparison.Ordinal) ? table.Name[Prefix..] : table.Name
            ] = rows;
        }
        return new Snapshot(tables);
    }

    public IReadOnlyList<TableEntity> Table(string name) => _tables.GetValueOrDefault(name) ?? [];

    /// <summary>The rows of one kind.</summary>
    public IEnumerable<T> Rows<T>()
        where T : class, IRow<T> => Table("Users").Where(row => T.Kind.Covers(row.RowKey)).Select(T.FromRow);

    /// <summary>Every value of every row, with where it stands.</summary>
    public IEnumerable<(string Where, byte[] Bytes)> Values() =>
        _tables
            .SelectMany(table =>
                table.Value.SelectMany(row =>
                    row.Where(column => column.Value is string or byte[] or BinaryData)
                        .Select(column =>
                            (
                                $"{table.Key} {row.PartitionKey} {row.RowKey} {column.Key}",
                                column.Value switch
                                {
                                    byte[] bytes => bytes,
                                    BinaryData data => data.ToArray(),
                                    var text => Encoding.UTF8.GetBytes((string)text),
                                }
                            )
                        )
                )
            )
            .Concat(Others);

    /// <summary>The partition of the account's root: by the pointers, where the root's list confirms them.</summary>
    public string RootOf(string partition)
    {
        var user = Users[partition];
        if ((user.Root ?? user.MergingInto) is not { } next)
            return partition;
        var root = RootOf($"{user.Key.Partner}|{next}");
        var account = Accounts.GetValueOrDefault(root);
        if (account?.Contains(user.Key.Reference) == true)
            return root;
        return
            account?.Released.GetValueOrDefault(user.Key.Reference.Value) is { } own && own != user.Key.Reference.Value
            ? RootOf($"{user.Key.Partner}|{own}")
            : partition;
    }
}
