using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>One event for one URL: what was sent or is still to be sent.</summary>
internal sealed record DeliveryView
{
    /// <summary>The delivery's id: the header <c>webhook-id</c> of each of its attempts.</summary>
    /// <example>evt_01m8kp85407c2h9w4n6q8r3t5v</example>
    public required string DeliveryId { get; init; }

    /// <summary>The event's name; <c>kyc</c> for a KYC webhook.</summary>
    /// <example>link.opened</example>
    public required string Event { get; init; }

    /// <summary>The link that the event is about. Absent where it is about none.</summary>
    /// <example>link_demo_01m8kp8540q8w3n4r6t2v9x1ye</example>
    public string? LinkId { get; init; }

    /// <summary>Where it goes: the link's <c>callbackUrl</c>, or the URL of your endpoint.</summary>
    /// <example>https://partner.example.com/hook</example>
    public required string Url { get; init; }

    /// <summary>
    /// <c>pending</c>: an attempt is due or under way. <c>delivered</c>: a 2xx came. <c>failed</c>: no further attempt
    /// is made unless you replay it. <c>superseded</c>: it was no longer needed, <c>note</c> says why.
    /// </summary>
    /// <example>pending</example>
    public required DeliveryStatus Status { get; init; }

    /// <summary>1 at first, and one more with each replay.</summary>
    /// <example>1</example>
    public required int Cycle { get; init; }

    /// <summary>How many attempts were made, over all cycles.</summary>
    /// <example>2</example>
    public required int AttemptCount { get; init; }

    /// <summary>HTTP status of the last attempt. Absent before the first attempt, and where no answer came.</summary>
    /// <example>503</example>
    public int? LastStatus { get; init; }

    /// <summary>Why the last attempt brought no usable answer, in English. Absent where it brought one.</summary>
    /// <example>no complete answer within 30 s</example>
    public string? LastError { get; init; }

    /// <summary>
    /// When the next attempt is due. In the past while the attempt waits for its turn. Absent if none is to come.
    /// </summary>
    /// <example>2026-11-29T13:06:10.000Z</example>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When the event happened.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// What else is to be known, in English: why the delivery was closed without another attempt, or how the answer to
    /// a data request was used. Absent where there is nothing to say.
    /// </summary>
    /// <example>The answer's userData was merged.</example>
    public string? Note { get; init; }

    /// <summary>
    /// The attempts, oldest first; after very many, the oldest are left out. Only where a single delivery is shown:
    /// absent in the list.
    /// </summary>
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

/// <summary>One attempt to deliver a webhook.</summary>
internal sealed record AttemptView
{
    /// <summary>Number of the attempt, from 1, over all cycles.</summary>
    /// <example>1</example>
    public required int Number { get; init; }

    /// <summary>The cycle it belongs to: 1 at first, and one more with each replay.</summary>
    /// <example>1</example>
    public required int Cycle { get; init; }

    /// <summary>When it ended.</summary>
    /// <example>2026-11-29T13:00:01.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>HTTP status of the answer. Absent where no answer came.</summary>
    /// <example>503</example>
    public int? Status { get; init; }

    /// <summary>Why no usable answer came, in English. Absent where one came.</summary>
    /// <example>no complete answer within 30 s</example>
    public string? Error { get; init; }

    /// <summary>How long the attempt took, in milliseconds.</summary>
    /// <example>184</example>
    public required long DurationMs { get; init; }

    /// <summary>
    /// The first kilobyte of the answer's body. Absent where it was empty, and for data requests, whose answers may
    /// hold personal data.
    /// </summary>
    /// <example>upstream unavailable</example>
    public string? Answer { get; init; }

    /// <summary>How the answer to a data request was used, in English. Absent where there is nothing to say.</summary>
    /// <example>The answer's userData was merged.</example>
    public string? Note { get; init; }

    /// <summary>
    /// The headers of the request, each signature shortened to its scheme. Absent where there was no connection, so
    /// that nothing was sent.
    /// </summary>
    /// <example>{ "webhook-id": "evt_01m8kp85407c2h9w4n6q8r3t5v", "webhook-signature": "v1,…" }</example>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    public static AttemptView Of(Delivery delivery, DeliveryAttempt attempt)
    {
        // Earlier builds kept no host; their attempts of the last cycle went to the stored URL.
        var host = attempt.Sent?.Host ?? (attempt.Cycle == delivery.Cycle ? SentHeaders.HostOf(delivery.Url) : null);
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
            Headers = attempt.Sent?.Show(delivery.Event, delivery.WebhookId, host),
        };
    }
}
