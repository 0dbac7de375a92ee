using System.Collections.Concurrent;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// Sends a partner's endpoint webhooks that a receiver must accept and some that it must refuse. Invalid ones are
/// invalid in both signature families, so that a receiver may check either. Each case but the duplicate has its own
/// <c>webhook-id</c>: a receiver may drop a known id before it verifies.
/// </summary>
internal sealed class WebhookProbe(WebhookSender sender, KeyRing keyRing, TimeProvider time)
{
    /// <summary>Time limit of a case; the two steps of a probe run one after the other.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>Twice the tolerance in the webhook documentation.</summary>
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<PartnerId, bool> _running = new();

    /// <summary>The report, or null if another probe of this partner is running on this instance.</summary>
    /// <param name="partner">The partner whose secrets sign.</param>
    /// <param name="url">Its endpoint.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<ProbeReport?> RunAsync(Partner partner, string url, CancellationToken ct)
    {
        if (!_running.TryAdd(partner.Id, true))
            return null;
        try
        {
            var cases = await SendAllAsync(partner, url, ct);
            return ProbeReport.Of(url, cases);
        }
        finally
        {
            _running.TryRemove(partner.Id, out _);
        }
    }

    private async Task<ProbeCase[]> SendAllAsync(Partner partner, string url, CancellationToken ct)
    {
        var secrets = await SigningSecrets.ReadAsync(keyRing, partner, time.Now(), ct);
        var wrong = new SigningSecrets(WebhookSecret.New());
        // The wall clock, as for every signature: the receiver compares with its own.
        var now = TimeProvider.System.GetUtcNow();
        var id = NewId();
        var body = BodyFor(partner, "valid");

        Task<AttemptOutcome> Post(
            string webhookId,
            byte[] signed,
            SigningSecrets by,
            DateTimeOffset at,
            byte[]? sent = null
        ) =>
            sender.SendAsync(
                url,
                SignedHeaders.Of(PartnerEvents.EndpointTest, webhookId, signed, by, at),
                sent ?? signed,
                TimeLimit,
                ct
            );

        var valid = Post(id, body, secrets, now);
        var tampered = Post(NewId(), body, secrets, now, BodyFor(partner, "tampered"));
        var wrongSecret = Post(NewId(), BodyFor(partner, "wrong_secret"), wrong, now);
        var oldTimestamp = Post(NewId(), BodyFor(partner, "old_timestamp"), secrets, now - Old);
        async Task<AttemptOutcome> AgainAsync()
        {
            await valid;
            return await Post(id, body, secrets, TimeProvider.System.GetUtcNow());
        }

        var outcomes = await Task.WhenAll(valid, tampered, wrongSecret, oldTimestamp, AgainAsync());
        return
        [
            ProbeRule.Valid.Judge(outcomes[0]),
            ProbeRule.TamperedBody.Judge(outcomes[1]),
            ProbeRule.WrongSecret.Judge(outcomes[2]),
            ProbeRule.OldTimestamp.Judge(outcomes[3]),
            ProbeRule.Duplicate.Judge(outcomes[4]),
        ];
    }

    private string NewId() => EventId.New(time.Now()).Value;

    private byte[] BodyFor(Partner partner, string probe) => EndpointTestData.BodyOf(partner, time.Now(), probe);
}
