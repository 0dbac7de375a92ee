using System.Buffers;
using Azure;
using Azure.Data.Tables;

namespace Serverless.Local.Tables;

/// <summary>The limits of Azure that Azurite does not enforce, or answers otherwise. What breaks them is refused without being sent.</summary>
/// <remarks>Source: "Understanding the Table service data model" and "Performing entity group transactions" in the service documentation.</remarks>
internal static class TableLimits
{
    public const int Actions = 100;
    public const int TransactionBytes = 4 * 1024 * 1024;
    private const int EntityBytes = 1024 * 1024;
    private const int Properties = 252;
    private const int KeyLength = 512;
    private const int PropertyNameLength = 255;
    private static readonly DateTime Earliest = new(1601, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    private static readonly SearchValues<char> NotInKeys = SearchValues.Create(
        [.. @"/\#?", .. Enumerable.Range(0, 0x20).Concat(Enumerable.Range(0x7F, 0x21)).Select(code => (char)code)]);

    public static void CheckKeys(ITableEntity entity)
    {
        CheckKey(nameof(ITableEntity.PartitionKey), entity.PartitionKey);
        CheckKey(nameof(ITableEntity.RowKey), entity.RowKey);
    }

    public static void CheckDate(string name, DateTime utc)
    {
        if (utc < Earliest)
            throw TableErrors.Refused(400, "OutOfRangeInput", $"The '{name}' parameter of value '{utc:O}' is out of range.");
    }

    public static void CheckName(string name)
    {
        if (name.Length > PropertyNameLength)
            throw TableErrors.Refused(400, "PropertyNameTooLong", "The property name exceeds the maximum allowed length (255).");
        var isIdentifier = name.Length > 0 && !char.IsDigit(name[0]);
        foreach (var letter in name)
            isIdentifier &= char.IsLetterOrDigit(letter) || letter == '_';
        if (!isIdentifier)
            throw TableErrors.Refused(400, "PropertyNameInvalid", $"The property name '{name}' is invalid.");
    }

    /// <param name="bytes">The size as the service counts it, not that of the JSON text.</param>
    public static void CheckEntity(int properties, long bytes)
    {
        if (properties > Properties)
            throw TableErrors.Refused(400, "TooManyProperties", "The entity contains more properties than allowed. Each entity can include up to 252 properties to store data.");
        if (bytes > EntityBytes)
            throw TableErrors.Refused(400, "EntityTooLarge", "The entity is larger than the maximum allowed size (1MB).");
    }

    public static RequestFailedException TooManyActions() =>
        TableErrors.Refused(400, "InvalidInput", $"{Actions - 1}:The batch request operation exceeds the maximum {Actions} changes per change set.");

    public static RequestFailedException SeveralPartitions(int index) =>
        TableErrors.Refused(400, "CommandsInBatchActOnDifferentPartitions", $"{index}:All commands in a batch must operate on same entity group.");

    public static RequestFailedException TransactionTooLarge() =>
        TableErrors.Refused(413, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.");

    private static void CheckKey(string name, string key)
    {
        ArgumentNullException.ThrowIfNull(key, name);
        if (key.Length > KeyLength)
            throw TableErrors.Refused(400, "KeyValueTooLarge", $"The {name} exceeds the maximum allowed length of 1 KiB.");
        if (key.AsSpan().ContainsAny(NotInKeys))
            throw TableErrors.Refused(400, "OutOfRangeInput", $"The '{name}' parameter of value '{key}' is out of range.");
    }
}
