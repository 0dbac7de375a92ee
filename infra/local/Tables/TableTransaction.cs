using System.Buffers;
using System.Globalization;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Data.Tables;

namespace Serverless.Local.Tables;

/// <summary>An entity group transaction as a multipart body.</summary>
internal sealed class TableTransaction
{
    private readonly ArrayBufferWriter<byte> _body = new(4096);
    private readonly string _batch = $"batch_{Guid.NewGuid()}";
    private readonly string _changeset = $"changeset_{Guid.NewGuid()}";

    /// <exception cref="RequestFailedException">What Azure would refuse and Azurite would not.</exception>
    public TableTransaction(IReadOnlyList<TableTransactionAction> actions, string tableAddress)
    {
        Check(actions);
        Text($"--{_batch}\r\nContent-Type: multipart/mixed; boundary={_changeset}\r\n\r\n");
        var entity = new ArrayBufferWriter<byte>(1024);
        for (var index = 0; index < actions.Count; index++)
        {
            entity.ResetWrittenCount();
            try
            {
                WriteAction(actions[index], tableAddress, entity);
            }
            catch (RequestFailedException ex)
            {
                throw new TableTransactionFailedException(TableErrors.Refused(ex.Status, ex.ErrorCode!, string.Create(CultureInfo.InvariantCulture, $"{index}:{ex.Message}")));
            }
        }
        Text($"--{_changeset}--\r\n\r\n--{_batch}--\r\n");
        if (_body.WrittenCount > TableLimits.TransactionBytes)
            throw TableLimits.TransactionTooLarge();
    }

    public string ContentType => $"multipart/mixed; boundary={_batch}";

    public RequestContent Content => RequestContent.Create(_body.WrittenMemory);

    /// <summary>The keys of an entity as they stand in its address.</summary>
    public static string Address(string partitionKey, string rowKey) => $"(PartitionKey='{Encode(partitionKey)}',RowKey='{Encode(rowKey)}')";

    private static string Encode(string key) => Uri.EscapeDataString(key.Replace("'", "''", StringComparison.Ordinal));

    private static void Check(IReadOnlyList<TableTransactionAction> actions)
    {
        if (actions.Count > TableLimits.Actions)
            throw new TableTransactionFailedException(TableLimits.TooManyActions());
        for (var index = 1; index < actions.Count; index++)
            if (actions[index].Entity.PartitionKey != actions[0].Entity.PartitionKey)
                throw new TableTransactionFailedException(TableLimits.SeveralPartitions(index));
    }

    private void WriteAction(TableTransactionAction action, string tableAddress, ArrayBufferWriter<byte> entity)
    {
        var verb = action.ActionType switch
        {
            TableTransactionActionType.Add => "POST",
            TableTransactionActionType.UpdateMerge or TableTransactionActionType.UpsertMerge => "PATCH",
            TableTransactionActionType.UpdateReplace or TableTransactionActionType.UpsertReplace => "PUT",
            TableTransactionActionType.Delete => "DELETE",
            _ => throw new ArgumentException($"There is no action {action.ActionType}.", nameof(action)),
        };
        var address = tableAddress + (action.ActionType == TableTransactionActionType.Add ? "" : Address(action.Entity.PartitionKey, action.Entity.RowKey));
        Text($"--{_changeset}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n{verb} {address} HTTP/1.1\r\n");
        Text($"DataServiceVersion: 3.0\r\nAccept: application/json;odata=minimalmetadata\r\n");
        if (action.ActionType == TableTransactionActionType.Add)
            Text($"Prefer: return-no-content\r\n");
        if (IfMatch(action) is { } etag)
            Text($"If-Match: {etag}\r\n");
        if (action.ActionType == TableTransactionActionType.Delete)
        {
            Text($"\r\n");
            return;
        }
        EntityWriter.Write(action.Entity, entity);
        Text($"Content-Type: application/json;odata=nometadata\r\n\r\n");
        _body.Write(entity.WrittenSpan);
        Text($"\r\n");
    }

    private static string? IfMatch(TableTransactionAction action) => action.ActionType switch
    {
        TableTransactionActionType.Delete => action.ETag == default ? "*" : action.ETag.ToString(),
        TableTransactionActionType.UpdateMerge or TableTransactionActionType.UpdateReplace when action.ETag != default => action.ETag.ToString(),
        _ => null,
    };

    private void Text(FormattableString text) => Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture), _body);
}
