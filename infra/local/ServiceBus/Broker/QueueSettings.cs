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
        JsonSerializer.Deserialize(File.ReadAllBytes(path), QueueSettingsJson.Default.ListQueueSettings)
        ?? throw new JsonException($"{path} holds no list of queues.");

    internal sealed class IsoDuration : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            XmlConvert.ToTimeSpan(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteStringValue(XmlConvert.ToString(value));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(QueueSettings.IsoDuration)])]
[JsonSerializable(typeof(List<QueueSettings>))]
internal sealed partial class QueueSettingsJson : JsonSerializerContext;
