using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>One attempt as it is stored.</summary>
/// <param name="Number">From 1, over all cycles.</param>
/// <param name="At">When it ended.</param>
/// <param name="Status">HTTP status; null when no answer came.</param>
/// <param name="Error">Why no usable answer came.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Answer">The first kilobyte of the answer's body.</param>
/// <param name="Note">How the answer to a data request was used.</param>
internal sealed record DeliveryAttempt(
    int Number,
    DateTimeOffset At,
    int? Status,
    string? Error,
    long Milliseconds,
    string? Answer,
    string? Note
)
{
    /// <summary>Which cycle it belongs to: 1, and one more for each replay.</summary>
    public int Cycle { get; init; } = 1;

    /// <summary>The sent headers; null if nothing was sent.</summary>
    public SentHeaders? Sent { get; init; }
}
