using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Benchmarks;

/// <summary>
/// The limit that storage sets: the table transactions of a creation (same rows, same tables, same client) and nothing
/// else.
/// </summary>
internal sealed class BareTables
{
    private readonly AppTables _tables;
    private readonly IReadOnlyList<TableEntity> _personRows;
    private readonly TableEntity _indexRow;

    private BareTables(AppTables tables, IReadOnlyList<TableEntity> personRows, TableEntity indexRow) =>
        (_tables, _personRows, _indexRow) = (tables, personRows, indexRow);

    /// <summary>Takes the rows of a link that was created as patterns.</summary>
    public static async Task<BareTables> LikeAsync(AppTables tables, PersonKey person, LinkId link)
    {
        var rows = new List<TableEntity>();
        await foreach (
            var row in tables.Users.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"PartitionKey eq {person.Partition}")
            )
        )
            rows.Add(row);
        await foreach (
            var row in tables.Links.QueryAsync<TableEntity>(
                TableClient.CreateQueryFilter($"RowKey eq {link.Id.Inverted}")
            )
        )
            return new BareTables(tables, rows, row);
        throw new InvalidOperationException("The pattern has no index row.");
    }

    public int Rows => _personRows.Count;

    /// <summary>One query of a person's partition, one insert into the index, one transaction.</summary>
    public async Task RunAsync(int number)
    {
        var partition = $"bare|person-{number}";
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and (RowKey eq {"user"} or RowKey eq {"link|active"} or (RowKey ge {"field|"} and RowKey lt {"field}"}))"
        );
        await foreach (var _ in _tables.Users.QueryAsync<TableEntity>(filter))
            throw new InvalidOperationException("A new person has rows already.");
        await _tables.Links.AddEntityAsync(
            Copy(
                _indexRow,
                _indexRow.PartitionKey.Replace("bench-", "bare-", StringComparison.Ordinal),
                $"row-{number}"
            )
        );
        await _tables.Users.SubmitTransactionAsync(
            _personRows.Select(row => new TableTransactionAction(
                TableTransactionActionType.Add,
                Copy(row, partition, row.RowKey)
            ))
        );
    }

    private static TableEntity Copy(TableEntity pattern, string partition, string row)
    {
        var copy = new TableEntity(partition, row);
        foreach (var (name, value) in pattern)
            if (name is not ("odata.etag" or "PartitionKey" or "RowKey" or "Timestamp"))
                copy[name] = value;
        return copy;
    }
}
