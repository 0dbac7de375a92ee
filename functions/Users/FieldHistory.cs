using Serverless.Functions.Ids;

namespace Serverless.Functions.Users;

/// <summary>
/// Rows <c>history|{path}|{ulid}</c>: every value that ever arrived for a field, whether it won or was ignored.
/// </summary>
internal static class FieldHistory
{
    /// <summary>Before and after all rows of a person's history.</summary>
    public static (string First, string Last) Range { get; } = ("history|", "history}");

    /// <summary>Before the keys of one field's history.</summary>
    public static string RowKeyOf(string path) => $"history|{path}|";

    public static string RowKeyOf(string path, Ulid id) => $"history|{path}|{id}";
}
