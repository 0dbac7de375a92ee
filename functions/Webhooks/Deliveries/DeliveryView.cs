namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>A delivery as its partner sees it; <see cref="Attempts"/> only where one delivery is shown.</summary>
internal sealed record DeliveryView
{
    public required string DeliveryId { get; init; }
    public required string Event { get; init; }
    public required string? LinkId { get; init; }
    public required string Url { get; init; }
    public required DeliveryStatus Status { get; init; }
    public required int Cycle { get; init; }
    public required int AttemptCount { get; init; }
    public required int? LastStatus { get; init; }
    public required string? LastError { get; init; }
    public required DateTimeOffset? NextAttemptAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string? Note { get; init; }
    public IReadOnlyList<AttemptView>? Attempts { get; init; }

    /// <summary>As an item of a list.</summary>
    public static DeliveryView Item(Delivery delivery)
    {
        var last = delivery.Attempts.Count == 0 ? null : delivery.Attempts[^1];
        return new DeliveryView
        {
            DeliveryId = delivery.WebhookId,
            Event = delivery.Event,
            LinkId = delivery.LinkId,
            Url = delivery.Url,
            Status = delivery.Status,
            Cycle = delivery.Cycle,
            AttemptCount = delivery.LastAttempt,
            LastStatus = last?.Status,
            LastError = last?.Error,
            NextAttemptAt = delivery.NextAttemptAt,
            CreatedAt = delivery.Id.Time,
            Note = delivery.Note ?? last?.Note,
        };
    }

    /// <summary>A single delivery with its attempts.</summary>
    public static DeliveryView Whole(Delivery delivery)
    {
        var attempts = delivery.Attempts.Select(attempt => AttemptView.Of(delivery, attempt));
        return Item(delivery) with { Attempts = [.. attempts] };
    }
}

/// <summary>An attempt as the partner sees it.</summary>
internal sealed record AttemptView
{
    public required int Number { get; init; }
    public required int Cycle { get; init; }
    public required DateTimeOffset At { get; init; }
    public required int? Status { get; init; }
    public required string? Error { get; init; }
    public required long DurationMs { get; init; }
    public required string? Answer { get; init; }
    public required string? Note { get; init; }

    /// <summary>The request's headers, without signatures.</summary>
    public required IReadOnlyDictionary<string, string>? Headers { get; init; }

    public static AttemptView Of(Delivery delivery, DeliveryAttempt attempt)
    {
        // A replay may go to another URL, so the stored URL is only valid for attempts of the last cycle.
        var url = attempt.Cycle == delivery.Cycle ? delivery.Url : null;
        return new AttemptView
        {
            Number = attempt.Number,
            Cycle = attempt.Cycle,
            At = attempt.At,
            Status = attempt.Status,
            Error = attempt.Error,
            DurationMs = attempt.Milliseconds,
            Answer = attempt.Answer,
            Note = attempt.Note,
            Headers = attempt.Sent?.Show(delivery.Event, delivery.WebhookId, url),
        };
    }
}
