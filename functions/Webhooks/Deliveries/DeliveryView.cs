using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>A delivery as its partner sees it; <see cref="Attempts"/> only where one delivery is shown.</summary>
internal sealed partial record DeliveryView(
    string DeliveryId,
    string Event,
    string? LinkId,
    string Url,
    DeliveryStatus Status,
    int Cycle,
    int AttemptCount,
    int? LastStatus,
    string? LastError,
    DateTimeOffset? NextAttemptAt,
    DateTimeOffset CreatedAt,
    string? Note
)
{
    public IReadOnlyList<AttemptView>? Attempts { get; init; }

    /// <summary>What an id looks like.</summary>
    [GeneratedRegex(@"^evt_[0-7][0-9a-hjkmnp-tv-z]{25}\z", RegexOptions.CultureInvariant)]
    public static partial Regex IdPattern { get; }

    public static DeliveryView Item(Delivery delivery)
    {
        var last = delivery.Attempts.Count == 0 ? null : delivery.Attempts[^1];
        return new DeliveryView(
            delivery.WebhookId,
            delivery.Event,
            delivery.LinkId,
            delivery.Url,
            delivery.Status,
            delivery.Cycle,
            delivery.LastAttempt,
            last?.Status,
            last?.Error,
            delivery.NextAttemptAt,
            delivery.Id.Time,
            delivery.Note ?? last?.Note
        );
    }

    public static DeliveryView Whole(Delivery delivery) =>
        Item(delivery) with
        {
            Attempts =
            [
                .. delivery.Attempts.Select(attempt => new AttemptView(
                    attempt.Number,
                    attempt.Cycle,
                    attempt.At,
                    attempt.Status,
                    attempt.Error,
                    attempt.Milliseconds,
                    attempt.Answer,
                    attempt.Note,
                    attempt.Sent?.Show(delivery, attempt.Cycle)
                )),
            ],
        };

    /// <summary>Reads a delivery's id, which is the <c>webhook-id</c>.</summary>
    public static bool TryParseId([NotNullWhen(true)] string? text, out Ulid id)
    {
        const string Prefix = "evt_";
        id = default;
        return text is not null
            && text.StartsWith(Prefix, StringComparison.Ordinal)
            && Ulid.TryParse(text.AsSpan(Prefix.Length), out id);
    }
}

/// <summary>
/// An attempt as the partner sees it; <paramref name="Headers"/> are those of the request, without its signatures.
/// </summary>
internal sealed record AttemptView(
    int Number,
    int Cycle,
    DateTimeOffset At,
    int? Status,
    string? Error,
    long DurationMs,
    string? Answer,
    string? Note,
    IReadOnlyDictionary<string, string>? Headers
);
