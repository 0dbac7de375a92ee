using System.Text.Json.Serialization;
using Serverless.Functions.Events;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>A message of the queue <c>webhooks</c>: contains ids only.</summary>
/// <param name="Partner">Partner id.</param>
/// <param name="Id">The event.</param>
/// <param name="Attempt">Number of the attempt to make.</param>
internal sealed record DeliveryTask(string Partner, string Id, int Attempt) : IQueueTask
{
    /// <summary>The cycle that the attempt belongs to.</summary>
    public int Cycle { get; init; } = 1;

    /// <summary>The replay that started that cycle; null for the first one.</summary>
    public string? ReplayId { get; init; }

    /// <summary>
    /// Somebody asked for this attempt, and probably mended the endpoint before: an open circuit does not put it off.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsAskedFor { get; init; }

    /// <summary>How often the cycle was looked up in vain.</summary>
    [JsonPropertyName("look")] // the name in messages that are already queued
    public int Lookups { get; init; }

    /// <summary>How often this attempt was held back.</summary>
    public int Held { get; init; }

    /// <summary>When it was first held.</summary>
    public DateTimeOffset? HeldSince { get; init; }

    /// <summary>How often it was postponed for its predecessor.</summary>
    public int Pauses { get; init; }
}
