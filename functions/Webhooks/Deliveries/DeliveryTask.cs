using System.Text.Json.Serialization;
using Serverless.Functions.Events;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>A message of the queue <c>webhooks</c>: pointers only.</summary>
/// <param name="Partner">Partner id.</param>
/// <param name="Id">The event.</param>
/// <param name="Attempt">Number of the attempt to make.</param>
internal sealed record DeliveryTask(string Partner, string Id, int Attempt) : IQueueTask
{
    /// <summary>The cycle that the attempt belongs to.</summary>
    public int Cycle { get; init; } = 1;

    /// <summary>Who began that cycle; null for the first one.</summary>
    public string? ReplayId { get; init; }

    /// <summary>How often the cycle was looked for and not found.</summary>
    [JsonPropertyName("look")] // messages that are under way have this name
    public int Lookups { get; init; }

    /// <summary>How often this attempt was held back.</summary>
    public int Held { get; init; }

    /// <summary>When it was held back first.</summary>
    public DateTimeOffset? HeldSince { get; init; }

    /// <summary>How often it was put off for an earlier one.</summary>
    public int Pauses { get; init; }
}
