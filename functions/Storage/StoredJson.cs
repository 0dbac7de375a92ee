using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Functions.Time;

namespace Serverless.Functions.Storage;

/// <summary>
/// How objects are written into columns of rows and messages of queues. Its own object, though it begins like that of
/// the answers: a change of what partners see must not change what is stored, which older rows still have.
/// </summary>
internal static class StoredJson
{
    /// <summary>
    /// Camel case, no nulls, enums in snake case, timestamps as ISO 8601 UTC with milliseconds, text not escaped beyond
    /// what JSON asks for.
    /// </summary>
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new TimestampConverter(), new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        };
}
