using System.Text.Json.Nodes;

namespace Serverless.Functions.Users;

/// <summary>
/// A field of <c>userData</c>, declared once: the known members, what verification needs and a data request asks for,
/// the order in the widget and the mask all follow from this list. <see cref="UserData.Read"/> parses it.
/// </summary>
/// <param name="Path">Dotted, as errors and answers name it.</param>
/// <param name="IsForCip">True where identity cannot be verified without it.</param>
/// <param name="Mask">What the partner is shown of a value.</param>
internal sealed record UserField(string Path, bool IsForCip, Func<string, string> Mask)
{
    /// <summary>All of them, in the order in which they are asked for.</summary>
    public static IReadOnlyList<UserField> All { get; } =
    [
        new("name.firstName", IsForCip: true, Masking.FirstLetter)
        {
            Meaning = "The first given name, in any script.",
            Example = "Ana",
            Rule = schema => Length(schema, 1, 100),
            IsRequiredAtCreation = true,
        },
        new("name.secondName", IsForCip: true, Masking.FirstLetter)
        {
            Meaning = "The other given names; \"\" says that the person has none.",
            Example = "María",
            Rule = schema => Length(schema, 0, 100),
        },
        new("name.lastName", IsForCip: true, Masking.FirstLetter)
        {
            Meaning = "The family name, or the first of two.",
            Example = "Torres",
            Rule = schema => Length(schema, 1, 100),
            IsRequiredAtCreation = true,
        },
        new("name.secondLastName", IsForCip: true, Masking.FirstLetter)
        {
            Meaning = "The second family name; \"\" says that the person has none.",
            Example = "Ruiz",
            Rule = schema => Length(schema, 0, 100),
        },
        new("idNumber", IsForCip: true, Masking.LastFour)
        {
            IsMaskedForPerson = true,
            Meaning =
                "The number of the document that idType names, in that document's format; spaces and hyphens are taken "
                + "away. Without idType 4 to 30 letters or digits.",
            Example = "TORA900101MDFRNN09",
            Rule = schema => Length(schema, 4, 1000),
        },
        // A type is not personal: it only says which format the number has.
        new("idType", IsForCip: true, type => type)
        {
            Meaning = "The document whose number is idNumber.",
            Example = "CURP",
            Rule = schema =>
                schema["enum"] = new JsonArray([.. UserData.IdTypes.Select(type => JsonValue.Create(type))]),
        },
        new("dob", IsForCip: true, Masking.Year)
        {
            Meaning = "The date of birth, as YYYY-MM-DD: of a person of 18 to 120 years.",
            Example = "1990-01-01",
            Rule = schema => schema["format"] = "date",
        },
        new(UserData.PaymentMethod, IsForCip: false, Masking.Method)
        {
            Meaning = "How the person is paid.",
            Rule = Users.PaymentMethod.Describe,
            IsRequiredAtCreation = true,
        },
        new(UserData.IdImagePath, IsForCip: false, _ => "held")
        {
            Meaning = "A picture of the document as a data URI: JPEG or PNG, at most 5 MB when decoded.",
            Example = "data:image/jpeg;base64,/9j/4AAQSkZJRg==",
            Rule = schema => schema["pattern"] = UserData.ImagePattern,
        },
    ];

    /// <summary>True if even the person sees only as much as is needed to recognise it.</summary>
    public bool IsMaskedForPerson { get; init; }

    /// <summary>What a partner reads about it.</summary>
    public required string Meaning { get; init; }

    /// <summary>A valid value, where it is a string.</summary>
    public string? Example { get; init; }

    /// <summary>Adds its rule to its JSON Schema, which is that of a string.</summary>
    public required Action<JsonObject> Rule { get; init; }

    /// <summary>True if <c>userData</c> at a link's creation must have it.</summary>
    public bool IsRequiredAtCreation { get; init; }

    /// <summary>Its JSON Schema.</summary>
    public JsonObject InSchema()
    {
        var schema = new JsonObject { ["type"] = "string", ["description"] = Meaning };
        if (Example is not null)
            schema["examples"] = new JsonArray(Example);
        Rule(schema);
        return schema;
    }

    /// <summary>The member that holds the value.</summary>
    public string Name => Path[(Path.LastIndexOf('.') + 1)..];

    /// <summary>The object that contains the member; null for <c>userData</c> itself.</summary>
    public string? Parent => Path.Split('.') is [var parent, _] ? parent : null;

    public static UserField? Find(string path) => All.FirstOrDefault(field => field.Path == path);

    /// <summary>The members that are known of <c>userData</c> (null) or of an object in it.</summary>
    public static string[] MembersOf(string? parent) =>
        parent is null
            ? [.. All.Select(field => field.Parent ?? field.Name).Distinct()]
            : [.. All.Where(field => field.Parent == parent).Select(field => field.Name)];

    private static void Length(JsonObject schema, int min, int max)
    {
        schema["minLength"] = min;
        schema["maxLength"] = max;
    }
}
