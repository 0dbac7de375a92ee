using System.Text.Json;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Durable;

/// <summary>An activity's input and output between the engine, which has JSON, and the worker.</summary>
internal static class ActivityData
{
    /// <summary>
    /// The orchestrator records an activity's input as a JSON array of one element; the function wants the element.
    /// </summary>
    public static TypedData Input(string? recorded)
    {
        if (recorded is null)
            return new TypedData();
        using var json = JsonDocument.Parse(recorded);
        var root = json.RootElement;
        var isWrapped = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 1;
        return new TypedData { Json = isWrapped ? root[0].GetRawText() : recorded };
    }

    /// <exception cref="NotSupportedException">A form in which no activity's result comes.</exception>
    public static string? Output(TypedData? returned) =>
        returned?.DataCase switch
        {
            null or TypedData.DataOneofCase.None => null,
            TypedData.DataOneofCase.Json => returned.Json,
            TypedData.DataOneofCase.String => JsonSerializer.Serialize(returned.String),
            TypedData.DataOneofCase.Int => JsonSerializer.Serialize(returned.Int),
            TypedData.DataOneofCase.Double => JsonSerializer.Serialize(returned.Double),
            TypedData.DataOneofCase.Bytes => JsonSerializer.Serialize(returned.Bytes.ToByteArray()),
            TypedData.DataOneofCase.Stream => JsonSerializer.Serialize(returned.Stream.ToByteArray()),
            var other => throw new NotSupportedException($"An activity answered with data of kind {other}."),
        };
}
