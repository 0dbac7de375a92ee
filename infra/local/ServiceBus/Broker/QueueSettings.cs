using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace Serverless.Local.Messaging;

/// <summary>
/// What a queue was created with; names and defaults are those of the resource
/// <c>Microsoft.ServiceBus/namespaces/queues</c>.
/// </summary>
internal sealed record QueueSettings(string Name)
{
    // By reflection: generated code would set what a file leaves out to nothing, and not to the defaults below.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new IsoDuration() },
    };

    /// <summary>How long a receiver may hold a message before it is handed to the next one.</summary>
    public TimeSpan LockDuration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many deliveries may fail before the message is dead-lettered.</summary>
    public int MaxDeliveryCount { get; init; } = 10;

    public bool RequiresDuplicateDetection { get; init; }

    public TimeSpan DuplicateDetectionHistoryTimeWindow { get; init; } = TimeSpan.FromMinutes(10);

    public TimeSpan DefaultMessageTimeToLive { get; init; } = TimeSpan.MaxValue;

    public bool DeadLetteringOnMessageExpiration { get; init; }

    /// <summary>Reads a list of queues, durations in ISO 8601.</summary>
    public static IReadOnlyList<QueueSettings> Load(string path) =>
        JsonSerializer.Deserialize<List<QueueSettings>>(File.ReadAllBytes(path), Json)
        ?? throw new JsonException($"{path} holds no list of queues.");

    private sealed class IsoDuration : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            XmlConvert.ToTimeSpan(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteStringValue(XmlConvert.ToString(value));
    }
}
