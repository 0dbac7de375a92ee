using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Tests.OpenApi;

/// <summary>
/// Replaces what is another value at each run (ids, keys, secrets, addresses of this machine, real durations) by
/// fictional values of the same form: the same for the same, in the order in which they come up.
/// </summary>
internal sealed partial class StableValues
{
    private const string Base32 = "0123456789abcdefghjkmnpqrstvwxyz";
    private readonly Dictionary<string, string> _known = [];
    private readonly Dictionary<string, string> _addresses = [];

    /// <summary>Headers of a webhook that are no part of what it says.</summary>
    private static readonly string[] OfTheConnection = ["Host", "traceparent"];

    /// <summary>How many characters of an API key an operator sees of it.</summary>
    private const int KeyPrefix = 15;

    /// <summary>From now on this beginning of an address is replaced wherever it stands.</summary>
    public void Know(string address, string replacement) => _addresses[address] = replacement;

    /// <summary>A text with stable values.</summary>
    public string Of(string text)
    {
        foreach (var (address, replacement) in _addresses)
            text = text.Replace(address, replacement, StringComparison.Ordinal);
        return Random().Replace(text, Replacement);
    }

    /// <summary>A body with stable values.</summary>
    public JsonNode? Of(JsonNode? node) =>
        node switch
        {
            JsonObject members => WithoutJitter(
                new JsonObject(
                    members
                        .Where(member => !OfTheConnection.Contains(member.Key))
                        .Select(member => KeyValuePair.Create(member.Key, Member(member.Key, member.Value)))
                )
            ),
            JsonArray items => new JsonArray([.. items.Select(Of)]),
            JsonValue value when value.TryGetValue<string>(out var text) => JsonValue.Create(Of(text)),
            _ => node?.DeepClone(),
        };

    /// <summary>The attempts of a delivery as they would follow each other if nothing spread them out.</summary>
    private static JsonObject WithoutJitter(JsonObject delivery)
    {
        if (delivery["attempts"] is not JsonArray attempts)
            return delivery;
        var at = DateTimeOffset.MinValue;
        foreach (var attempt in attempts)
        {
            var real = DateTimeOffset.Parse((string)attempt!["at"]!, CultureInfo.InvariantCulture);
            // The clock stands at whole seconds: whoever asks for an attempt does it then.
            var isAskedFor = real.Millisecond == 0;
            at = isAskedFor ? real : at + RetrySchedule.DelayAfter((int)attempt["number"]! - 1)!.Value;
            attempt["at"] = at.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        }
        return delivery;
    }

    private JsonNode? Member(string name, JsonNode? value) =>
        name switch
        {
            "durationMs" => JsonValue.Create(12),
            "requestId" => JsonValue.Create(Hex(0, 32)),
            "emailHash" => JsonValue.Create(Hex(0, 64)),
            "webhook-timestamp" or "X-M2M-Timestamp" => JsonValue.Create("1796047200"),
            "cursor" or "nextCursor" when value is not null => JsonValue.Create("eyJwYWdlIjoyfQ"),
            "code"
                when value!.GetValueKind() == System.Text.Json.JsonValueKind.String
                    && Digits().IsMatch((string)value!) => JsonValue.Create("4711"),
            _ => Of(value),
        };

    private string Replacement(Match found)
    {
        var text = found.Value;
        if (_known.TryGetValue(text, out var known))
            return known;
        var number = _known.Count;
        var made = found.Groups.Values.Skip(1).First(group => group.Success).Name switch
        {
            // Of an id that begins with a moment, only the rest is random.
            "ulid" => text[..10] + Letters(number, 16),
            "uuid" => $"{Hex(number, 8)}-{Hex(number, 4)}-4{Hex(number, 3)}-8{Hex(number, 3)}-{Hex(number, 12)}",
            "apiKey" => "m2m_test_" + Letters(number, text.Length - "m2m_test_".Length),
            "identityKey" => "pk_test_" + Letters(number, text.Length - "pk_test_".Length),
            "identitySecret" => "sk_test_" + Hex(number, text.Length - "sk_test_".Length),
            "webhookSecret" => "whsec_" + Convert.ToBase64String(Bytes(number)),
            "signature" => "v1," + Convert.ToBase64String(Bytes(number)),
            "hexSignature" => "sha256=" + Hex(number, 64),
            var other => throw new InvalidOperationException(other),
        };
        _known[text] = made;
        if (text.StartsWith("m2m_test_", StringComparison.Ordinal) && text.Length > KeyPrefix)
            _known[text[..KeyPrefix]] = made[..KeyPrefix];
        return made;
    }

    private static byte[] Bytes(int number) =>
        SHA256.HashData(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    private static string Hex(int number, int length) => Convert.ToHexStringLower(Bytes(number))[^length..];

    private static string Letters(int number, int length) =>
        string.Concat(Bytes(number).Take(length).Select(one => Base32[one % Base32.Length]));

    [GeneratedRegex(
        @"(?<ulid>(?<![0-9A-Za-z])[0-7][0-9a-hjkmnp-tv-z]{25}(?![0-9A-Za-z]))"
            + @"|(?<uuid>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
            + @"|(?<apiKey>m2m_test_[0-9A-Za-z]+)"
            + @"|(?<identityKey>pk_test_[0-9A-Za-z]+)"
            + @"|(?<identitySecret>sk_test_[0-9a-f]+)"
            + @"|(?<webhookSecret>whsec_[0-9A-Za-z+/=]+)"
            + @"|(?<signature>v1,[0-9A-Za-z+/=]{43}=)"
            + @"|(?<hexSignature>sha256=[0-9a-f]{64})",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Random();

    [GeneratedRegex(@"^[0-9]{4}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
