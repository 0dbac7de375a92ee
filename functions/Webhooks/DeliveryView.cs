using System.Diagnostics.CodeAnalysis;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Webhooks;

/// <summary>A delivery as its partner sees it; <see cref="Attempts"/> only where one delivery is shown.</summary>
internal sealed record DeliveryView(
    string DeliveryId, string Event, string LinkId, string Url, DeliveryStatus Status, int AttemptCount, int? LastStatus, string? LastError, DateTimeOffset? NextAttemptAt, DateTimeOffset CreatedAt)
{
    public IReadOnlyList<AttemptView>? Attempts { get; init; }

    public static DeliveryView Item(Delivery delivery)
    {
        var last = delivery.Attempts.Count == 0 ? null : delivery.Attempts[^1];
        return new DeliveryView(
            delivery.WebhookId, delivery.Event, delivery.LinkId, delivery.Url, delivery.Status, delivery.Attempts.Count, last?.Status, last?.Error, delivery.NextAttemptAt, delivery.Id.Time);
    }

    public static DeliveryView Whole(Delivery delivery) => Item(delivery) with
    {
        Attempts = [.. delivery.Attempts.Select(attempt => new AttemptView(
            attempt.Number, attempt.At, attempt.Status, attempt.Error, attempt.Milliseconds, attempt.Answer, attempt.Note))],
    };

    /// <summary>Reads a delivery's id, which is the <c>webhook-id</c>.</summary>
    public static bool TryParseId([NotNullWhen(true)] string? text, out Ulid id)
    {
        const string Prefix = "evt_";
        id = default;
        return text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && Ulid.TryParse(text.AsSpan(Prefix.Length), out id);
    }
}

/// <summary>An attempt as the partner sees it.</summary>
internal sealed record AttemptView(int Number, DateTimeOffset At, int? Status, string? Error, long DurationMs, string? Answer, string? Note);
