using Microsoft.Extensions.Logging;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Security;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Endpoints;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>Result of sending a webhook.</summary>
internal abstract record SendResult
{
    /// <summary>An attempt was made, successful or not.</summary>
    public sealed record Attempted(AttemptOutcome Outcome) : SendResult;

    /// <summary>It was cancelled because too many attempts wait for answers; it counts as not made.</summary>
    public sealed record GivenUp : SendResult;

    /// <summary>No signing key exists.</summary>
    public sealed record NoKey : SendResult;
}

/// <summary>
/// Signs a due webhook with its family's scheme and posts it. Without an answer within
/// <see cref="EndpointPace.QuickAnswer"/>, it is cancelled if its place does not allow a longer wait.
/// </summary>
internal sealed class AttemptSender(
    KeyRing keyRing,
    KycSigner signer,
    WebhookSender sender,
    TimeProvider time,
    ILogger<AttemptSender> logger
)
{
    /// <summary>Makes the attempt.</summary>
    /// <param name="due">What is to be sent.</param>
    /// <param name="place">Decides whether it may wait longer than <see cref="EndpointPace.QuickAnswer"/>.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<SendResult> SendAsync(DueDelivery.Ready due, GatePass place, CancellationToken ct)
    {
        using var givingUp = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var sending = PostAsync(due, givingUp.Token);
        await ((Task)sending)
            .WaitAsync(EndpointPace.QuickAnswer, time, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!sending.IsCompleted && !place.MayGoOn())
        {
            await givingUp.CancelAsync();
            await ((Task)sending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            // The answer may have arrived just now, and then it counts.
            if (sending.IsCanceled)
            {
                ct.ThrowIfCancellationRequested();
                SenderLog.GivenUp(logger, due.Delivery.WebhookId, due.Partner.Id.Value);
                return new SendResult.GivenUp();
            }
        }
        return await sending is { } outcome ? new SendResult.Attempted(outcome) : new SendResult.NoKey();
    }

    /// <summary>Signs and posts; null if no signing key exists.</summary>
    private async Task<AttemptOutcome?> PostAsync(DueDelivery.Ready due, CancellationToken ct)
    {
        var (delivery, partner) = (due.Delivery, due.Partner);
        var family = WebhookFamily.Of(delivery.Event);
        if (family == WebhookFamily.Identity)
        {
            var headers = await signer.SignAsync(partner, delivery.WebhookId, delivery.Url, due.Body, ct);
            if (headers is null)
                return null;
            return await sender.SendAsync(delivery.Url, headers, due.Body, family.TimeLimit, ct, due.Trace);
        }
        var secrets = await SigningSecrets.ReadAsync(keyRing, partner, time.Now(), ct);
        return await sender.SendAsync(
            delivery.Url,
            delivery.Event,
            delivery.WebhookId,
            due.Body,
            secrets,
            ct,
            due.Trace,
            // The answer to a data request may be the data itself.
            answerLimit: delivery.IsUrgent ? AnswerDataRequest.MaxBody : WebhookSender.MaxAnswer
        );
    }
}

internal static partial class SenderLog
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Webhook {WebhookId} to partner {Partner} was given up for now: too many wait for answers"
    )]
    public static partial void GivenUp(ILogger logger, string webhookId, string partner);
}
