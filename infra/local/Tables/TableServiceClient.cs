using Azure.Core;
using Azure.Data.Tables.Models;
using Serverless.Local.Tables;

namespace Azure.Data.Tables;

/// <summary>The table service of an account. Safe for concurrent use, and meant to be kept.</summary>
public class TableServiceClient
{
    private static readonly TableCost ListCost = new("Tables.table");
    private readonly TableConnection _connection;

    public TableServiceClient(string connectionString)
        : this(connectionString, null)
    {
    }

    public TableServiceClient(string connectionString, TableClientOptions? options = null) => _connection = TableConnection.To(connectionString, options);

    public TableServiceClient(Uri endpoint, TableSharedKeyCredential credential)
        : this(endpoint, credential, null)
    {
    }

    public TableServiceClient(Uri endpoint, TableSharedKeyCredential credential, TableClientOptions? options) =>
        _connection = TableConnection.To(endpoint, credential, options);

    public TableServiceClient(Uri endpoint, TokenCredential tokenCredential, TableClientOptions? options = default) =>
        _connection = TableConnection.To(endpoint, tokenCredential, options);

    /// <summary>For tests that derive a client of their own.</summary>
    protected TableServiceClient() => _connection = null!;

    public virtual string AccountName => _connection.AccountName;

    public virtual Uri Uri => _connection.Endpoint;

    /// <inheritdoc cref="TableClient.CreateQueryFilter(FormattableString)"/>
    public static string CreateQueryFilter(FormattableString filter) => TableFilter.Format(filter);

    public virtual TableClient GetTableClient(string tableName) => new(_connection, tableName);

    public virtual async Task<Response<TableItem>> CreateTableAsync(string tableName, CancellationToken cancellationToken = default)
    {
        using var message = _connection.CreateTable(tableName, TableConnection.Expected.Success);
        return Response.FromValue(new TableItem(tableName), await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false));
    }

    /// <returns>The table; the raw response has status 409 when it was there already.</returns>
    public virtual async Task<Response<TableItem>> CreateTableIfNotExistsAsync(string tableName, CancellationToken cancellationToken = default)
    {
        using var message = _connection.CreateTable(tableName, TableConnection.Expected.SuccessOrConflict);
        return CreatedOrFound(tableName, await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc cref="CreateTableIfNotExistsAsync"/>
    public virtual Response<TableItem> CreateTableIfNotExists(string tableName, CancellationToken cancellationToken = default)
    {
        using var message = _connection.CreateTable(tableName, TableConnection.Expected.SuccessOrConflict);
        return CreatedOrFound(tableName, _connection.Send(message, cancellationToken));
    }

    /// <returns>Status 404 when there was no such table.</returns>
    public virtual async Task<Response> DeleteTableAsync(string tableName, CancellationToken cancellationToken = default)
    {
        using var message = _connection.DeleteTable(tableName);
        return await _connection.SendAsync(message, cancellationToken).ConfigureAwait(false);
    }

    public virtual AsyncPageable<TableItem> QueryAsync(string? filter = null, int? maxPerPage = null, CancellationToken cancellationToken = default) =>
        new TablePageable<TableItem>((token, size, ct) => FetchAsync(filter, token, size, ct), maxPerPage, cancellationToken);

    internal static Response<TableItem> CreatedOrFound(string tableName, Response response)
    {
        // A table that is being deleted is no table that could be used.
        if (response.Status == 409 && TableErrors.CodeOf(response) is { } code && TableErrorCode.TableBeingDeleted == code)
            throw TableErrors.From(response);
        return Response.FromValue(new TableItem(tableName), response);
    }

    private async Task<Page<TableItem>> FetchAsync(string? filter, string? continuationToken, int? size, CancellationToken ct)
    {
        using var message = _connection.Create(RequestMethod.Get, "/Tables", ListCost);
        message.Request.AppendQuery("$filter", filter).AppendQuery("$top", size).AppendQuery("NextTableName", continuationToken);
        var response = await _connection.SendAsync(message, ct).ConfigureAwait(false);
        response.Headers.TryGetValue("x-ms-continuation-NextTableName", out var next);
        return Page<TableItem>.FromValues([.. EntityReader.ReadTableNames(response.Content).Select(name => new TableItem(name))], next, response);
    }
}
