using System.Text.Json.Nodes;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>Reads a name, or a part of one, from a body.</summary>
internal static class PersonName
{
    /// <summary>The most characters, as people count them.</summary>
    public const int MaxLength = 100;

    /// <summary>The name, in NFC; null if it is absent or, after an error was noted, invalid.</summary>
    /// <param name="body">The object that contains it.</param>
    /// <param name="member">The member.</param>
    /// <param name="required">True where it must be given.</param>
    /// <param name="mayBeEmpty">True if "" is valid and means that the person has none.</param>
    public static string? Name(this JsonInput body, string member, bool required = false, bool mayBeEmpty = false)
    {
        var name = body.Text(member, mayBeEmpty ? 0 : 1, MaxLength, required);
        if (name is null or "" || PlainText.HasLetter(name))
            return name;
        body.Fail(member, "must have at least one letter");
        return null;
    }
}

/// <summary>A name, or a part of one, which the person has.</summary>
internal sealed class NameAttribute : FieldAttribute
{
    public override object? Read(JsonInput body, string member, FieldContext context) => body.Name(member, Required);

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["minLength"] = 1;
        schema["maxLength"] = PersonName.MaxLength;
    }
}
