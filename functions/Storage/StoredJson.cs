using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Functions.Time;

namespace Serverless.Functions.Storage;

/// <summary>
/// JSON format of table columns and queue messages. Separate from the format of answers, although equal today: a
/// change of the API must not change how stored rows are read.
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
