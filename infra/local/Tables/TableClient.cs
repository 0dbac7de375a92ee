using System.Buffers;
using System.Linq.Expressions;
using Azure.Core;
using Azure.Data.Tables.Models;
using Serverless.Local.Tables;

namespace Azure.Data.Tables;

/// <summary>One table. Safe for concurrent use, and meant to be kept.</summary>
/// <remarks>Every method throws <see cref="RequestFailedException"/> where the service refuses, unless it says otherwise.</remarks>
public class TableClient
{
    private readonly TableConnection _connection;
    private readonly TableCosts _costs;

    public TableClient(string connectionString, string tableName)
        : this(connectionString, tableName, null)
    {
    }

    public TableClient(string connectionString, string tableName, TableClientOptions? options = default)
        : this(TableConnection.To(connectionString, options), tableName)
    {
    }

    public TableClient(Uri endpoint, string tableName, TableSharedKeyCredential credential)
        : this(endpoint, tableName, credential, null)
    {
    }

    public TableClient(Uri endpoint, string tableName, TableSharedKeyCredential credential, TableClientOptions? options = null)
        : this(TableConnection.To(endpoint, credential, options), tableName)
    {
    }

    public TableClient(Uri endpoint, string tableName, TokenCredential tokenCredential, TableClientOptions? options = null)
        : this(TableConnection.To(endpoint, tokenCredential, options), tableName)
    {
    }

    internal TableClient(TableConnection connection, string tableName)
    {
        ArgumentException.ThrowIfNullOrEmpty(tableName);
        _connection = connection;
        Name = tableName;
        _costs = new TableCosts(tableName);
    }

    /// <summary>For tests that derive a client of their own.</summary>
    protected TableClient()
    {
        _connection = null!;
        _costs = null!;
        Name = null!;
    }

    public virtual string Name { get; }

    public virtual string AccountName => _connection.AccountName;

    public virtual Uri Uri => new($"{_connection.EndpointText}/{Name}");

    /// <summary>A filter with each hole of the text as a literal, quoted and escaped.</summary>
    public static string CreateQueryFilter(FormattableString filter) => TableFilter.Format(filter);

    public static string CreateQueryFilter<T>(Expression<Func<T, bool>> filter) => TableFilterTranslator.Translate(filter);

    public virtual async Task<Response<TableItem>> CreateAsync(CancellationToken cancellationToken = default)
    {
        using var message = _connection.CreateTable(Name, TableConnection.Expected.Success);
        return Response.FromValue(new TableItem(Name), await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc cref="TableServiceClient.CreateTableIfNotExistsAsync"/>
    public virtual async Task<Response<TableItem>> CreateIfNotExistsAsync(CancellationToken cancellationToken = default)
    {
        using var message = _connection.CreateTable(Name, TableConnection.Expected.SuccessOrConflict);
        return TableServiceClient.CreatedOrFound(Name, await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc cref="TableServiceClient.CreateTableIfNotExistsAsync"/>
    public virtual Response<TableItem> CreateIfNotExists(CancellationToken cancellationToken = default)
    {
        using var message = _connection.CreateTable(Name, TableConnection.Expected.SuccessOrConflict);
        return TableServiceClient.CreatedOrFound(Name, _connection.Send(message, cancellationToken));
    }

    /// <inheritdoc cref="TableServiceClient.DeleteTableAsync"/>
    public virtual async Task<Response> DeleteAsync(CancellationToken cancellationToken = default)
    {
        using var message = _connection.DeleteTable(Name);
        return await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    public virtual async Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        ArgumentNullException.ThrowIfNull(entity);
        using var message = _connection.Create(RequestMethod.Post, "/" + Name, _costs.Insert);
        message.Request.Headers.SetValue("Prefer", "return-no-content");
        return await SendAsync(message, entity, cancellationToken).ConfigureAwait(false);
    }

    public virtual async Task<Response<T>> GetEntityAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        using var message = CreateGet(partitionKey, rowKey, select, TableConnection.Expected.Success);
        var response = await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
        return Response.FromValue(EntityReader.Read<T>(response.Content), response);
    }

    /// <returns>Without a value when there is no such entity, or no such table.</returns>
    public virtual async Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        using var message = CreateGet(partitionKey, rowKey, select, TableConnection.Expected.SuccessOrNotFound);
        var response = await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
        return response.Status == 404 ? new NoEntity<T>(response) : Response.FromValue(EntityReader.Read<T>(response.Content), response);
    }

    public virtual async Task<Response> UpsertEntityAsync<T>(T entity, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        ArgumentNullException.ThrowIfNull(entity);
        using var message = _connection.Create(MethodOf(mode), AddressOf(entity.PartitionKey, entity.RowKey), _costs.Upsert);
        return await SendAsync(message, entity, cancellationToken).ConfigureAwait(false);
    }

    /// <param name="ifMatch">The version to change, or <see cref="ETag.All"/>; another version is 412, no entity 404.</param>
    public virtual async Task<Response> UpdateEntityAsync<T>(
        T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity
    {
        ArgumentNullException.ThrowIfNull(entity);
        if (ifMatch == default)
            throw new ArgumentException("Value cannot be empty.", nameof(ifMatch));
        using var message = _connection.Create(MethodOf(mode), AddressOf(entity.PartitionKey, entity.RowKey), _costs.Update);
        message.Request.SetIfMatch(ifMatch);
        return await SendAsync(message, entity, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>Status 404, and no exception, when there was no such entity.</returns>
    public virtual async Task<Response> DeleteEntityAsync(string partitionKey, string rowKey, ETag ifMatch = default, CancellationToken cancellationToken = default)
    {
        using var message = _connection.Create(RequestMethod.Delete, AddressOf(partitionKey, rowKey), _costs.Delete, TableConnection.Expected.SuccessOrNotFound);
        message.Request.SetIfMatch(ifMatch == default ? ETag.All : ifMatch);
        return await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="DeleteEntityAsync(string, string, ETag, CancellationToken)"/>
    public virtual Task<Response> DeleteEntityAsync(ITableEntity entity, ETag ifMatch = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return DeleteEntityAsync(entity.PartitionKey, entity.RowKey, ifMatch, cancellationToken);
    }

    public virtual AsyncPageable<T> QueryAsync<T>(
        Expression<Func<T, bool>> filter, int? maxPerPage = null, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity => QueryAsync<T>(CreateQueryFilter(filter), maxPerPage, select, cancellationToken);

    public virtual AsyncPageable<T> QueryAsync<T>(
        string? filter = null, int? maxPerPage = null, IEnumerable<string>? select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity
    {
        var columns = Join(select);
        return new TablePageable<T>((token, size, ct) => FetchAsync<T>(filter, columns, token, size, ct), maxPerPage, cancellationToken);
    }

    /// <summary>Applies all actions or none. They must be at most 100, on different rows of one partition.</summary>
    /// <returns>One response for each action, in their order, each with the new ETag.</returns>
    /// <exception cref="TableTransactionFailedException">An action was refused.</exception>
    public virtual async Task<Response<IReadOnlyList<Response>>> SubmitTransactionAsync(
        IEnumerable<TableTransactionAction> transactionActions, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(transactionActions);
        TableTransactionAction[] actions = [.. transactionActions];
        if (actions.Length == 0)
            throw new InvalidOperationException("A transaction needs at least one action.");
        var transaction = new TableTransaction(actions, $"{_connection.EndpointText}/{Name}");
        using var message = _connection.Create(RequestMethod.Post, "/$batch", _costs.Transaction);
        message.Request.Headers.SetValue("Content-Type", transaction.ContentType);
        message.Request.Content = transaction.Content;
        var response = await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
        var parts = await MultipartResponse.ParseAsync(response, expectCrLf: true, cancellationToken).ConfigureAwait(false);
        if (Array.Find(parts, part => part.Status >= 400) is { } failed)
            throw new TableTransactionFailedException(TableErrors.From(failed));
        return Response.FromValue<IReadOnlyList<Response>>(parts, response);
    }

    private static RequestMethod MethodOf(TableUpdateMode mode) => mode switch
    {
        TableUpdateMode.Merge => RequestMethod.Patch,
        TableUpdateMode.Replace => RequestMethod.Put,
        _ => throw new ArgumentException($"Unexpected value for mode: {mode}", nameof(mode)),
    };

    private static string? Join(IEnumerable<string>? select) => select is null ? null : string.Join(',', select);

    private string AddressOf(string partitionKey, string rowKey)
    {
        ArgumentNullException.ThrowIfNull(partitionKey);
        ArgumentNullException.ThrowIfNull(rowKey);
        return $"/{Name}{TableTransaction.Address(partitionKey, rowKey)}";
    }

    private HttpMessage CreateGet(string partitionKey, string rowKey, IEnumerable<string>? select, TableConnection.Expected expected)
    {
        var message = _connection.Create(RequestMethod.Get, AddressOf(partitionKey, rowKey), _costs.Get, expected);
        message.Request.AppendQuery("$select", Join(select));
        return message;
    }

    private Task<Response> SendAsync(HttpMessage message, ITableEntity entity, CancellationToken ct)
    {
        var body = new ArrayBufferWriter<byte>(1024);
        EntityWriter.Write(entity, body);
        message.Request.Headers.SetValue("Content-Type", "application/json;odata=nometadata");
        message.Request.Content = RequestContent.Create(body.WrittenMemory);
        return _connection.SendAsync(message, ct);
    }

    private async Task<Page<T>> FetchAsync<T>(string? filter, string? columns, string? continuationToken, int? size, CancellationToken ct)
        where T : class, ITableEntity
    {
        using var message = _connection.Create(RequestMethod.Get, $"/{Name}()", _costs.Query);
        message.Request.AppendQuery("$filter", filter).AppendQuery("$select", columns).AppendQuery("$top", size);
        if (continuationToken is not null)
        {
            var keys = continuationToken.Split(' ', 2);
            message.Request.AppendQuery("NextPartitionKey", keys[0]).AppendQuery("NextRowKey", keys.ElementAtOrDefault(1));
        }
        var response = await _connection.SendAsync(message, ct).ConfigureAwait(false);
        response.Headers.TryGetValue("x-ms-continuation-NextRowKey", out var rowKey);
        var next = response.Headers.TryGetValue("x-ms-continuation-NextPartitionKey", out var partitionKey) ? $"{partitionKey} {rowKey}" : null;
        return Page<T>.FromValues(EntityReader.ReadPage<T>(response.Content), next, response);
    }

    private sealed record TableCosts(TableCost Insert, TableCost Get, TableCost Query, TableCost Update, TableCost Upsert, TableCost Delete, TableCost Transaction)
    {
        public TableCosts(string table)
            : this(new(table + ".insert"), new(table + ".get"), new(table + ".query"), new(table + ".update"), new(table + ".upsert"), new(table + ".delete"), new(table + ".transaction"))
        {
        }
    }

    private sealed class NoEntity<T>(Response response) : NullableResponse<T>
    {
        public override bool HasValue => false;

        public override T Value => throw new InvalidOperationException("There is no such entity.");

        public override Response GetRawResponse() => response;
    }
}
