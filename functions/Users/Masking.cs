using System.Globalization;
using System.Text.Json;

namespace Serverless.Functions.Users;

/// <summary>
/// What is shown of a person's values: enough to recognise one's own, too little to use anybody else's. The only place
/// that decides it.
/// </summary>
internal static class Masking
{
    private const string Dots = "•••";
    private const int ShownDigits = 4;

    /// <summary>A value as it may be shown.</summary>
    public static string Mask(string path, string value) =>
        path switch
        {
            "idNumber" => LastFour(value),
            "dob" => value[..4],
            // Says which rules the number follows, not whose it is.
            "idType" => value,
            UserData.IdImagePath => "held",
            UserData.PaymentMethod => MaskMethod(value),
            _ => FirstLetter(value),
        };

    /// <summary>The last four characters, or fewer of a short value: never more than half of it.</summary>
    private static string LastFour(string value) => Dots + value[^Math.Min(ShownDigits, value.Length / 2)..];

    /// <summary>An empty name says that the person has none, which is no secret.</summary>
    private static string FirstLetter(string value) =>
        value.Length == 0 ? "" : StringInfo.GetNextTextElement(value) + Dots;

    private static string MaskMethod(string json)
    {
        using var method = JsonDocument.Parse(json);
        var root = method.RootElement;
        return root.GetProperty("type").GetString() == "bank_account"
            ? $"bank_account {root.GetProperty("bankAccount").GetProperty("country").GetString()} {LastFour(root.GetProperty("bankAccount").GetProperty("accountNumber").GetString()!)}"
            : $"cash {root.GetProperty("cash").GetProperty("provider").GetString()} {LastFour(root.GetProperty("cash").GetProperty("reference").GetString()!)}";
    }
}
