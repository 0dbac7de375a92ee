using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>
/// Reads a JSON body member by member and collects everything that is wrong with it. Each reader returns the value, or
/// null if the member is absent, null, or invalid (the problem is then noted). Unknown members are ignored.
/// </summary>
internal sealed partial class JsonInput
{
    private const int MaxDepth = 16;
    private const string Required = "is required";
    private readonly JsonElement _object;
    private readonly string _path;
    private readonly List<ErrorDetail> _errors;
    private readonly List<ErrorDetail>? _nulls;
    private readonly List<ErrorDetail> _warnings;

    private JsonInput(JsonElement json, string path, Noted noted) =>
        (_object, _path, _errors, _nulls, _warnings) = (json, path, noted.Errors, noted.Nulls, noted.Warnings);

    /// <summary>All problems found so far, in this object and those read from it.</summary>
    public IReadOnlyList<ErrorDetail> Errors => _errors;

    /// <summary>Members that were read and are null, if this reader refuses nulls; else empty.</summary>
    public IReadOnlyList<ErrorDetail> Nulls =>
        [.. (_nulls ?? []).Select(found => _errors.Find(error => error.Field == found.Field) ?? found)];

    /// <summary>What was accepted but is unwise, or ignored because it is not known.</summary>
    public IReadOnlyList<ErrorDetail> Warnings => _warnings;

    /// <summary>Creates a reader for a parsed body, or for an empty object where the body is absent.</summary>
    public static JsonInput Over(JsonElement json, bool refuseNulls = false) =>
        new(json, "", new Noted([], refuseNulls ? [] : null, []));

    /// <summary>
    /// True when the member is present and null, for the few members where null has its own meaning.
    /// </summary>
    public bool IsNull(string member) =>
        _object.ValueKind == JsonValueKind.Object
        && _object.TryGetProperty(member, out var value)
        && value.ValueKind == JsonValueKind.Null;

    /// <summary>Notes a problem with a member of this object.</summary>
    public void Fail(string member, string message) => _errors.Add(new ErrorDetail(_path + member, message));

    /// <summary>Notes what is accepted, but not as the sender may think.</summary>
    public void Warn(IEnumerable<ErrorDetail> warnings) => _warnings.AddRange(warnings);

    /// <summary>Warns of members that are none of those known, naming the one that was probably meant.</summary>
    public void WarnOfUnknown(IReadOnlyCollection<string> known) =>
        Warn(
            Unknown(known)
                .Select(member => new ErrorDetail(
                    member.Path,
                    known.FirstOrDefault(name => IsMeant(name, member.Name)) is { } meant
                        ? $"is no field; {_path}{meant} is one"
                        : "is no field, so it was ignored"
                ))
        );

    /// <summary>True when the member is there and not null.</summary>
    public bool Has(string member) => Find(member) is not null;

    /// <summary>
    /// The unknown members of this object, with their paths: at most ten, and only names that are plain words, because
    /// the answer repeats them.
    /// </summary>
    public IEnumerable<(string Path, string Name)> Unknown(IReadOnlyCollection<string> known) =>
        _object.ValueKind != JsonValueKind.Object
            ? []
            : _object
                .EnumerateObject()
                .Select(member => member.Name)
                .Where(name => !known.Contains(name) && OrdinaryName().IsMatch(name))
                .Take(10)
                .Select(name => (_path + name, name));

    /// <summary>A nested object; null when absent or not an object.</summary>
    public JsonInput? Object(string member)
    {
        if (Find(member) is not { } value)
            return null;
        if (value.ValueKind == JsonValueKind.Object)
            return new JsonInput(value, $"{_path}{member}.", new Noted(_errors, _nulls, _warnings));
        Fail(member, "must be an object");
        return null;
    }

    /// <summary>
    /// The items of an array of valid length, each to be read as an object; null when it is no such array.
    /// </summary>
    public IReadOnlyList<JsonInput>? Objects(string member, int min, int max)
    {
        if (
            Find(member) is { ValueKind: JsonValueKind.Array } array
            && array.GetArrayLength() is var length
            && length >= min
            && length <= max
        )
            return
            [
                .. array
                    .EnumerateArray()
                    .Select(
                        (item, at) =>
                            new JsonInput(item, $"{_path}{member}[{at}].", new Noted(_errors, _nulls, _warnings))
                    ),
            ];
        Fail(member, ArrayRule(min, max));
        return null;
    }

    /// <summary>How many items an array may have, as a rule for error messages.</summary>
    public static string ArrayRule(int min, int max) => $"must be an array of {min} to {max}";

    /// <summary>
    /// A string of <paramref name="min"/> to <paramref name="max"/> characters as people count them, trimmed and in
    /// NFC (<see cref="PlainText"/>). Where <paramref name="min"/> is not 0, at least one of them can be seen.
    /// </summary>
    public string? Text(string member, int min = 1, int max = 100, bool required = false)
    {
        if (String(member, PlainText.LengthRule(min, max), required) is not { } raw)
            return null;
        if (PlainText.Read(raw, min, max, out var problem) is { } text)
            return text;
        Fail(member, problem);
        return null;
    }

    /// <summary>A string that matches a pattern, as sent.</summary>
    public string? Matching(string member, Regex pattern, string rule, bool required = false)
    {
        if (String(member, rule, required) is not { } text)
            return null;
        if (pattern.IsMatch(text))
            return text;
        Fail(member, rule);
        return null;
    }

    /// <summary>One of a closed set of strings, case-sensitive.</summary>
    public string? OneOf(string member, IReadOnlyCollection<string> values, bool required = false)
    {
        var rule = $"must be one of {string.Join(", ", values)}";
        if (String(member, rule, required) is not { } text)
            return null;
        if (values.Contains(text))
            return text;
        Fail(member, rule);
        return null;
    }

    /// <summary>
    /// A whole number from <paramref name="min"/> to <paramref name="max"/>, in any notation (60.0 is one). A number
    /// out of range is an error, never clamped.
    /// </summary>
    public int? Integer(string member, int min, int max)
    {
        if (Find(member) is not { } value)
            return null;
        if (IsExact(value, out var number) && number >= min && number <= max && decimal.IsInteger(number))
            return (int)number;
        Fail(member, $"must be a whole number from {min} to {max}");
        return null;
    }

    /// <summary>
    /// An amount of money: a number with at most two decimals, from <paramref name="min"/> to <paramref name="max"/>.
    /// </summary>
    public decimal? Amount(string member, decimal min, decimal max, bool required = false)
    {
        if (Find(member) is not { } value)
        {
            if (required)
                Fail(member, Required);
            return null;
        }
        if (IsExact(value, out var amount) && amount >= min && amount <= max && decimal.Round(amount, 2) == amount)
            return amount;
        Fail(member, FormattableString.Invariant($"must be a number from {min} to {max} with at most two decimals"));
        return null;
    }

    /// <summary>true or false.</summary>
    public bool? Boolean(string member)
    {
        if (Find(member) is not { } value)
            return null;
        if (value.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return value.GetBoolean();
        Fail(member, "must be true or false");
        return null;
    }

    /// <summary>An array of distinct strings from a closed set.</summary>
    public IReadOnlyList<string>? SetOf(string member, IReadOnlyCollection<string> values)
    {
        if (Find(member) is not { } array)
            return null;
        if (
            array.ValueKind == JsonValueKind.Array
            && array.GetArrayLength() <= values.Count
            && array
                .EnumerateArray()
                .All(item => item.ValueKind == JsonValueKind.String && values.Contains(TextOf(item) ?? ""))
        )
            return [.. array.EnumerateArray().Select(item => item.GetString()!).Distinct()];
        Fail(member, $"must be an array out of {string.Join(", ", values)}");
        return null;
    }

    /// <summary>The member as it was sent.</summary>
    public JsonElement? Find(string member)
    {
        if (_object.ValueKind != JsonValueKind.Object || !_object.TryGetProperty(member, out var value))
            return null;
        if (value.ValueKind != JsonValueKind.Null)
            return value;
        if (_nulls is not null && !_nulls.Exists(known => known.Field == _path + member))
            _nulls.Add(new ErrorDetail(_path + member, "must be left out where there is no value, not null"));
        return null;
    }

    /// <summary>
    /// A string exactly as sent. For anything else, <paramref name="rule"/> is noted as the problem.
    /// </summary>
    public string? String(string member, string rule, bool required = false)
    {
        if (Find(member) is not { } value)
        {
            if (required)
                Fail(member, Required);
            return null;
        }
        if (value.ValueKind != JsonValueKind.String)
            Fail(member, $"must be a string: it {rule}");
        else if (TextOf(value) is { } text)
            return text;
        else
            Fail(member, "must be a string of valid Unicode text");
        return null;
    }

    /// <summary>True where only case, signs or an ending differ.</summary>
    private static bool IsMeant(string known, string sent)
    {
        const int Shortest = 4;
        var letters = string.Concat(sent.Where(char.IsLetterOrDigit));
        return known.Equals(letters, StringComparison.OrdinalIgnoreCase)
            || (letters.Length >= Shortest && known.StartsWith(letters, StringComparison.OrdinalIgnoreCase))
            || (known.Length >= Shortest && letters.StartsWith(known, StringComparison.OrdinalIgnoreCase));
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_-]{0,39}\z", RegexOptions.CultureInvariant)]
    private static partial Regex OrdinaryName();

    /// <summary>What was found, shared by the readers of a body and of the objects in it.</summary>
    private sealed record Noted(List<ErrorDetail> Errors, List<ErrorDetail>? Nulls, List<ErrorDetail> Warnings);

    /// <summary>A number that a decimal holds exactly as it was written.</summary>
    private static bool IsExact(JsonElement value, out decimal number)
    {
        // A longer number would be rounded silently.
        const int Exact = 28;
        number = 0;
        return value.ValueKind == JsonValueKind.Number
            && value.GetRawText().Length <= Exact
            && value.TryGetDecimal(out number);
    }

    /// <summary>
    /// The text of a JSON string; null for one with half a surrogate pair, which is valid JSON but not valid text.
    /// </summary>
    internal static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads the body of a request that must (or may) carry a JSON object.</summary>
    /// <param name="request">The request.</param>
    /// <param name="maxBytes">Larger bodies are refused with 413, without reading them to the end.</param>
    /// <param name="optional">True: an absent body counts as an empty object.</param>
    public static async Task<JsonBody> ReadAsync(HttpRequest request, int maxBytes, bool optional = false)
    {
        if (await ReadBytesAsync(request, maxBytes) is not { } bytes)
            return JsonBody.Refused(
                new ApiError(413, ErrorCodes.InvalidRequest, "The body is too large.")
                {
                    Details = [new ErrorDetail("body", $"must have at most {maxBytes} bytes")],
                }
            );
        if (bytes.Length == 0 && optional)
            return JsonBody.Read(Over(default), bytes);
        var body = MediaProblem(request) is { } problem ? JsonBody.Refused(problem) : Parse(bytes);
        RequestWarnings.Keep(request, body.Input);
        return body;
    }

    /// <summary>The problem with the body's content type or encoding; null for uncompressed JSON in UTF-8.</summary>
    public static ApiError? MediaProblem(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            return ApiError.Invalid("Content-Type", "must be application/json");
        var encoding = request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return Unsupported("Content-Encoding", "must be left out: a body is taken as it is, not compressed");
        var charset = request.GetTypedHeaders().ContentType?.Charset.Value?.Trim('"') ?? "";
        return charset.Length == 0 || charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
            ? null
            : Unsupported("Content-Type", "must name no charset but utf-8");

        static ApiError Unsupported(string header, string message) =>
            new(415, ErrorCodes.InvalidRequest, "The body is written in a way that is not taken here: see details.")
            {
                Details = [new ErrorDetail(header, message)],
            };
    }

    /// <summary>
    /// The raw body; null when it is larger than <paramref name="maxBytes"/>, without reading it to the end.
    /// </summary>
    public static async Task<byte[]?> ReadBytesAsync(HttpRequest request, int maxBytes)
    {
        if (request.ContentLength > maxBytes)
            return null;
        using var buffer = new MemoryStream();
        var chunk = new byte[16 * 1024];
        int read;
        while ((read = await request.Body.ReadAsync(chunk, request.HttpContext.RequestAborted)) > 0)
        {
            buffer.Write(chunk, 0, read);
            if (buffer.Length > maxBytes)
                return null;
        }
        return buffer.ToArray();
    }

    /// <summary>Removes the byte order mark that some programs put before UTF-8.</summary>
    private static ReadOnlyMemory<byte> WithoutMark(byte[] bytes) =>
        bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0);

    /// <summary>Parses bytes that must be a JSON object.</summary>
    public static JsonBody Parse(byte[] bytes, bool refuseNulls = false)
    {
        try
        {
            // Duplicate members are refused, because parsers disagree about which one counts.
            using var document = JsonDocument.Parse(
                WithoutMark(bytes),
                new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false }
            );
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? JsonBody.Read(Over(document.RootElement.Clone(), refuseNulls), bytes)
                : JsonBody.Refused(ApiError.Invalid("body", "must be a JSON object"));
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a member's name is not valid Unicode. The parser's own message may quote the
            // body, so it is not passed on.
            var place = ex is JsonException { LineNumber: { } line, BytePositionInLine: { } at }
                ? $" (line {line + 1}, byte {at})"
                : "";
            return JsonBody.Refused(
                ApiError.Invalid(
                    "body",
                    $"is not valid JSON{place}: at most {MaxDepth} levels, no member twice, no comments"
                )
            );
        }
    }
}

/// <summary>The result of reading a body: an object to read from, or the error.</summary>
/// <param name="Input">The object; empty when refused.</param>
/// <param name="Bytes">The raw bytes.</param>
/// <param name="Refusal">Why it is not a JSON object within the limits; null when it is one.</param>
internal sealed record JsonBody(JsonInput Input, byte[] Bytes, ApiError? Refusal)
{
    /// <summary>
    /// The error to answer with after all members were read: the refusal, or every problem with the members; null
    /// without problems.
    /// </summary>
    public ApiError? Error => Refusal ?? (Input.Errors.Count > 0 ? ApiError.Invalid(Input.Errors) : null);

    internal static JsonBody Read(JsonInput input, byte[] bytes) => new(input, bytes, null);

    internal static JsonBody Refused(ApiError error) => new(JsonInput.Over(default), [], error);
}
