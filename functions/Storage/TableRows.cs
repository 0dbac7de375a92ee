using Azure.Data.Tables;

namespace Serverless.Functions.Storage;

/// <summary>Reads columns that every row of this app has.</summary>
internal static class TableRows
{
    /// <summary>A text column.</summary>
    /// <exception cref="FormatException">The row has none: it was not written by this app.</exception>
    public static string Text(this TableEntity row, string column) =>
        row.GetString(column) ?? throw Missing(row, column);

    /// <summary>A time column.</summary>
    /// <exception cref="FormatException">The row has none: it was not written by this app.</exception>
    public static DateTimeOffset Time(this TableEntity row, string column) =>
        row.GetDateTimeOffset(column) ?? throw Missing(row, column);

    /// <summary>A binary column.</summary>
    /// <exception cref="FormatException">The row has none: it was not written by this app.</exception>
    public static byte[] Bytes(this TableEntity row, string column) =>
        row.GetBinary(column) ?? throw Missing(row, column);

    // The row key may contain personal data; the kind of row (before the first bar) is enough to find the error.
    private static FormatException Missing(TableEntity row, string column) =>
        new($"A row '{row.RowKey.Split('|')[0]}' has no column '{column}'.");
}
