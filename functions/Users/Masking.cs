using System.Globalization;
using System.Text.Json;

namespace Serverless.Functions.Users;

/// <summary>
/// Masks a person's values: enough to recognise one's own, too little to use somebody else's.
/// <see cref="UserField.All"/> names the mask of each field; for anything else only the first letter is shown.
/// </summary>
internal static class Masking
{
    private const string Dots = "•••";
    private const int ShownDigits = 4;

    /// <summary>A value as it may be shown.</summary>
    public static string Mask(string path, string value) =>
        UserField.Find(path) is { } field ? field.Mask(value) : FirstLetter(value);

    /// <summary>The last four characters, or fewer of a short value: never more than half of it.</summary>
    public static string LastFour(string value) => Dots + value[^Math.Min(ShownDigits, value.Length / 2)..];

    /// <summary>An empty name says that the person has none, which is no secret.</summary>
    public static string FirstLetter(string value) =>
        value.Length == 0 ? "" : StringInfo.GetNextTextElement(value) + Dots;

    /// <summary>Of a birthday.</summary>
    public static string Year(string date) => date[..4];

    /// <summary>The kind of a payment method, and the end of its number.</summary>
    public static string Method(string json)
    {
        using var method = JsonDocument.Parse(json);
        var root = method.RootElement;
        string Text(string kind, string member) => root.GetProperty(kind).GetProperty(member).GetString()!;
        return root.GetProperty("type").GetString() == "bank_account"
            ? $"bank_account {Text("bankAccount", "country")} {LastFour(Text("bankAccount", "accountNumber"))}"
            : $"cash {Text("cash", "provider")} {LastFour(Text("cash", "reference"))}";
    }
}
