using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Time;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// <c>POST /partner/webhooks/endpoint/rotate-secret</c>: creates a new signing secret, shown only once. The previous
/// one continues to sign for <c>overlapHours</c>; older ones keep their promised time. A repeated request
/// (<c>Idempotency-Key</c>) gets the first answer and changes nothing: /docs/webhooks#rotate-the-secret.
/// </summary>
internal sealed class RotateWebhookSecret(
    PartnerStore store,
    PartnerDirectory directory,
    KeyRing keyRing,
    IdempotentWork idempotency,
    RequestReader requests,
    TimeProvider time
)
{
    /// <summary>Previous secrets that may still sign: each adds a signature to the header of every webhook.</summary>
    public const int MostPrevious = 4;

    private const int MaxBody = 1024;

    /// <summary>More rotations than anybody needs while an Idempotency-Key is remembered.</summary>
    private const int KnownRotations = 50;

    /// <summary>Rotate your webhook secret</summary>
    /// <remarks>
    /// Makes a new signing secret, which is shown this once. The one before goes on to sign beside it for
    /// <c>overlapHours</c>, so that you can change over without losing a webhook. Send an <c>Idempotency-Key</c>:
    /// without it, a repetition rotates again.
    /// </remarks>
    [Function(nameof(RotateWebhookSecret))]
    [Accepts(typeof(RotateSecretRequest), Optional = true)]
    [Answers(200, typeof(RotatedSecret))]
    [Refuses(409, ErrorCodes.TooManySecrets)]
    [Idempotent]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/webhooks/endpoint/rotate-secret")]
            HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        var key = IdempotentWork.ReadKey(http, body.Input);
        var request = requests.Read<RotateSecretRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        var partner = http.Partner().Id;
        return await idempotency.RunAsync(
            new IdempotentRequest(http, partner, key, body.Bytes) { RememberedByCode = [ApiError.TooManySecrets] },
            new WorkPlan(Ulid.New(time.Now()).Text, WebhookSecret.New().Reveal()),
            plan => RotateAsync(partner, plan, request.OverlapHours, ct)
        );
    }

    private async Task<WorkResult> RotateAsync(PartnerId partner, WorkPlan plan, int overlap, CancellationToken ct)
    {
        var rotation = Ulid.FromStorage(plan.ResourceId);
        // Counted from the time in the id, so that a repeated request returns the same expiry.
        DateTimeOffset? until = overlap == 0 ? null : rotation.Time.AddHours(overlap);
        var wrapped = await keyRing.WrapAsync(plan.Secret, WebhookSecret.Purpose(partner), ct);
        var rotated = await store.UpdateAsync(partner, stored => Rotated(stored, rotation, wrapped, until), ct);
        if (rotated is null)
            return new WorkResult.Planned(Answer.Error(ApiError.PartnerSuspended));
        if (!rotated.Rotations.Contains(rotation.Text))
            return new WorkResult.Refused(ApiError.TooManySecrets);
        directory.Forget(partner);
        return new WorkResult.Planned(
            Answer.Ok(new RotatedSecret { WebhookSecret = plan.Secret, PreviousSecretExpiresAt = until })
        );
    }

    /// <summary>The partner after a rotation; unchanged if the rotation was made before, or is not allowed.</summary>
    private Partner Rotated(Partner stored, Ulid id, string wrapped, DateTimeOffset? until)
    {
        if (stored.Rotations.Contains(id.Text))
            return stored;
        var signing = stored.PreviousSecretsAt(time.Now()).ToList();
        if (until is { } at)
            signing.Insert(0, new PreviousSecret(stored.WrappedWebhookSecret, at));
        if (signing.Count > MostPrevious)
            return stored;
        return stored with
        {
            WrappedWebhookSecret = wrapped,
            PreviousSecrets = signing,
            Rotations = [.. stored.Rotations.TakeLast(KnownRotations - 1), id.Text],
        };
    }
}

/// <summary>A new secret for your webhooks.</summary>
internal sealed record RotatedSecret
{
    /// <summary>
    /// The new secret, which signs from now on. Shown this once and cannot be read again; only the same request with
    /// the same <c>Idempotency-Key</c> gets it once more.
    /// </summary>
    /// <example>whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=</example>
    public required string WebhookSecret { get; init; }

    /// <summary>
    /// Until when the replaced secret signs too. Absent where <c>overlapHours</c> was 0: then it has ended already.
    /// </summary>
    /// <example>2026-11-30T13:00:00.000Z</example>
    public DateTimeOffset? PreviousSecretExpiresAt { get; init; }
}

/// <summary>A request to rotate the secret.</summary>
internal sealed record RotateSecretRequest
{
    /// <summary>
    /// For how many hours the present secret goes on to sign beside the new one: at most 168, which is a week. 0 ends
    /// it at once.
    /// </summary>
    /// <example>24</example>
    [WholeNumber(0, 7 * 24)]
    public int OverlapHours { get; init; } = 24;
}
