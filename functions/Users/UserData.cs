using Serverless.Functions.Http;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Users;

/// <summary>
/// The validated <c>userData</c> of a request: values by dotted path, and the document's picture separately.
/// </summary>
internal sealed record UserData(IReadOnlyDictionary<string, string> Fields, byte[]? IdImage)
{
    /// <summary>Unknown members, each with a suggestion if one fits. They are ignored, but reported.</summary>
    public IReadOnlyList<ErrorDetail> Unknown { get; init; } = [];

    /// <summary>Nothing.</summary>
    public static UserData None { get; } = new(new Dictionary<string, string>(), null);

    public const string PaymentMethod = "paymentMethod";

    /// <summary>Path of the picture's field: its value is the media type; the bytes are in separate rows.</summary>
    public const string IdImagePath = "idImage";

    /// <summary>The seven fields without which identity cannot be verified.</summary>
    public static IReadOnlyList<string> CipFields { get; } =
    [.. UserField.All.Where(field => field.IsForCip).Select(field => field.Path)];

    /// <summary>
    /// Ignored members, and combinations that contradict each other although each value is valid: for the partner to
    /// check.
    /// </summary>
    public IReadOnlyList<ErrorDetail> Warnings =>
        DocumentNumbers.CheckBirth(Held("idType"), Held("idNumber"), Held("dob")) is { } contradiction
            ? [.. Unknown, new ErrorDetail("userData.idNumber", contradiction)]
            : Unknown;

    /// <summary>The documents whose number may be given.</summary>
    public static IReadOnlyList<string> IdTypes { get; } =
    ["CURP", "INE", "PASSPORT", "SSN", "ITIN", "DRIVERS_LICENSE"];

    /// <summary>Decoded size of the picture.</summary>
    public const int MaxImageBytes = 5 * 1024 * 1024;

    private const string ImageRule = "must be a JPEG or PNG as a data URI: data:image/jpeg;base64,…";

    private const int YoungestAge = 18;
    private const int OldestAge = 120;

    /// <summary>Reads the member <c>userData</c>; null when it is absent or, after noting why, not valid.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="today">For the age rule.</param>
    /// <param name="partial">
    /// True if any subset of the fields is enough (an answer); false if a name and a payment method are required (a
    /// link's creation).
    /// </param>
    public static UserData? Read(JsonInput body, DateOnly today, bool partial = false)
    {
        if (body.Object("userData") is not { } data)
            return null;
        var fields = new Dictionary<string, string>();
        void Keep(string path, string? value)
        {
            if (value is not null)
                fields[path] = value;
        }

        if (data.Object("name") is { } name)
        {
            Keep("name.firstName", name.Name("firstName", required: !partial));
            // "" is an answer: this person has none.
            Keep("name.secondName", name.Name("secondName", mayBeEmpty: true));
            Keep("name.lastName", name.Name("lastName", required: !partial));
            Keep("name.secondLastName", name.Name("secondLastName", mayBeEmpty: true));
        }
        else if (!partial && !data.Has("name"))
        {
            data.Fail("name.firstName", "is required");
            data.Fail("name.lastName", "is required");
        }

        var idType = data.OneOf("idType", [.. IdTypes]);
        Keep("idType", idType);
        Keep("idNumber", ReadIdNumber(data, idType));
        Keep("dob", ReadDateOfBirth(data, today));
        if (data.Object(PaymentMethod) is { } method)
            Keep(PaymentMethod, Users.PaymentMethod.Read(method));
        else if (!partial && !data.Has(PaymentMethod))
            data.Fail(PaymentMethod, "is required");
        var image = ReadImage(data, "idImage", out var mediaType);
        Keep(IdImagePath, mediaType);
        return new UserData(fields, image) { Unknown = [.. UnknownOf(data)] };
    }

    private static IEnumerable<ErrorDetail> UnknownOf(JsonInput data)
    {
        var unknown = data.Unknown(UserField.MembersOf(null));
        if (
            data.Find("name") is { ValueKind: System.Text.Json.JsonValueKind.Object }
            && data.Object("name") is { } name
        )
            unknown = unknown.Concat(name.Unknown(UserField.MembersOf("name")));
        if (
            data.Find(PaymentMethod) is { ValueKind: System.Text.Json.JsonValueKind.Object }
            && data.Object(PaymentMethod) is { } method
        )
            unknown = unknown.Concat(Users.PaymentMethod.Unknown(method));
        foreach (var (path, word) in unknown)
            yield return new ErrorDetail(
                path,
                MeantBy(word) is { } meant ? $"is no field; {meant} is one" : "is no field, so it was ignored"
            );
    }

    /// <summary>
    /// The field that an unknown member probably means: in the wrong object, or in another spelling.
    /// </summary>
    private static string? MeantBy(string word)
    {
        var letters = word.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        var meant = UserField.All.FirstOrDefault(field =>
            field.Name.Equals(letters, StringComparison.OrdinalIgnoreCase)
        );
        return meant is null ? null : $"userData.{meant.Path}";
    }

    private string? Held(string path) => Fields.GetValueOrDefault(path);

    private static string? ReadIdNumber(JsonInput data, string? idType)
    {
        if (data.String("idNumber", DocumentNumbers.RuleOf(idType)) is not { } typed)
            return null;
        var number = DocumentNumbers.Read(idType, typed, out var rule);
        if (number is null)
            data.Fail("idNumber", rule);
        return number;
    }

    private static string? ReadDateOfBirth(JsonInput data, DateOnly today) =>
        data.Birth(
            "dob",
            date =>
            {
                if (date > today)
                    return "must not be in the future";
                var isOfAge = date <= today.AddYears(-YoungestAge) && date > today.AddYears(-OldestAge - 1);
                return isOfAge ? null : $"must give an age of {YoungestAge} to {OldestAge} years";
            }
        );

    /// <summary>How a picture begins, as JSON Schema has it.</summary>
    public const string ImagePattern = "^data:image/(jpeg|png);base64,";

    /// <summary>A picture as a data URI; null when absent or, after noting why, not one.</summary>
    public static byte[]? ReadImage(JsonInput data, string member, out string? mediaType)
    {
        mediaType = null;
        if (data.String(member, ImageRule) is not { } text)
            return null;
        foreach (
            var (type, signature) in new (string, byte[])[]
            {
                ("image/jpeg", [0xFF, 0xD8, 0xFF]),
                ("image/png", [0x89, 0x50, 0x4E, 0x47]),
            }
        )
        {
            var prefix = $"data:{type};base64,";
            if (!text.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            var bytes = new byte[(text.Length - prefix.Length) / 4 * 3];
            if (
                !Convert.TryFromBase64Chars(text.AsSpan(prefix.Length), bytes, out var length)
                || !bytes.AsSpan(0, length).StartsWith(signature)
            )
                break;
            if (length > MaxImageBytes)
            {
                data.Fail(member, $"must have at most {MaxImageBytes} bytes when decoded");
                return null;
            }
            mediaType = type;
            return bytes[..length];
        }
        data.Fail(member, ImageRule);
        return null;
    }
}
