using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Functions.Http;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>A picture.</summary>
/// <param name="MediaType">Its type.</param>
/// <param name="Bytes">The picture.</param>
internal sealed record Picture(string MediaType, byte[] Bytes);

/// <summary>A picture as a data URI. It is required, and never fetched from a URL.</summary>
internal sealed class PictureAttribute : FieldAttribute
{
    public PictureAttribute() => Required = true;

    public override object? Read(JsonInput body, string member, FieldContext context)
    {
        if (body.Find(member) is not { } value)
        {
            body.Fail(member, "is required");
            return null;
        }
        if (
            value.ValueKind == JsonValueKind.String
            && JsonInput.TextOf(value)?.StartsWith("http", StringComparison.OrdinalIgnoreCase) == true
        )
        {
            body.Fail(
                member,
                "must be the picture itself as a data URI (data:image/jpeg;base64,…): nothing is fetched from a link"
            );
            return null;
        }
        return UserData.ReadImage(body, member, out var mediaType) is { } image ? new Picture(mediaType!, image) : null;
    }

    public override void Describe(JsonObject schema, FieldContext context)
    {
        schema["type"] = "string";
        schema["pattern"] = UserData.ImagePattern;
    }
}
