using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Security;
using Serverless.Functions.Time;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>What a probe came to.</summary>
internal enum ProbeVerdict
{
    /// <summary>Every case was answered as a correct receiver does.</summary>
    Conformant,

    /// <summary>At least one was not.</summary>
    NotConformant,

    /// <summary>No case was answered at all.</summary>
    Unreachable,
}

/// <summary>One request of a probe and what came of it.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Sent">What was sent.</param>
/// <param name="Expected">What a correct receiver answers.</param>
/// <param name="Passed">Whether it was answered so.</param>
/// <param name="Status">HTTP status; null when no answer came.</param>
/// <param name="Error">Why no answer came.</param>
/// <param name="DurationMs">How long it took.</param>
/// <param name="Advice">What to do, or what this case cannot tell; null where there is nothing to say.</param>
internal sealed record ProbeCase(
    string Case,
    string Sent,
    string Expected,
    bool Passed,
    int? Status,
    string? Error,
    long DurationMs,
    string? Advice
);

/// <summary>A probe's report.</summary>
internal sealed record ProbeReport(string Url, ProbeVerdict Verdict, int Passed, IReadOnlyList<ProbeCase> Cases);

/// <summary>
/// Sends a partner's endpoint what a receiver must accept and what it must refuse. What is to be refused is wrong in
/// both signature families at once, so that a receiver may check either. Each case but the duplicate has a
/// <c>webhook-id</c> of its own: a receiver that drops a known id before it verifies is not wrong.
/// </summary>
internal sealed class WebhookProbe(WebhookSender sender, KeyRing keyRing, TimeProvider time)
{
    /// <summary>Of each case; two follow one another.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>Twice the tolerance that the documentation of webhooks names.</summary>
    private static readonly TimeSpan Old = TimeSpan.FromMinutes(10);

    private const string Accepts = "any 2xx";
    private const string Refuses = "400 or 401 (any 4xx but 408, 410 and 429)";

    private readonly ConcurrentDictionary<PartnerId, bool> _running = new();

    /// <summary>The report, or null while another probe of this partner is under way on this instance.</summary>
    /// <param name="partner">Whose secrets sign.</param>
    /// <param name="url">Its endpoint.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<ProbeReport?> RunAsync(Partner partner, string url, CancellationToken ct)
    {
        if (!_running.TryAdd(partner.Id, true))
            return null;
        try
        {
            var cases = await SendAllAsync(partner, url, ct);
            var passed = cases.Count(one => one.Passed);
            var verdict =
                passed == cases.Length ? ProbeVerdict.Conformant
                : Array.TrueForAll(cases, one => one.Status is null) ? ProbeVerdict.Unreachable
                : ProbeVerdict.NotConformant;
            return new ProbeReport(url, verdict, passed, cases);
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
        // The wall clock, as for every signature.
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
            Accepted(
                "valid",
                "a correctly signed endpoint.test",
                outcomes[0],
                "Answer 2xx to a delivery that verifies, also to an event that you do not know: check the secret, and that you verify the raw body before anything parses it."
            ),
            Refused(
                "tampered_body",
                "an endpoint.test whose body was changed after signing",
                outcomes[1],
                "Compute the signature over the raw body, compare it in constant time, and refuse when it differs."
            ),
            Refused(
                "wrong_secret",
                "an endpoint.test signed with a secret that is not yours",
                outcomes[2],
                "Compare the signature with the one that you compute with your own secret, and refuse when it differs."
            ),
            Refused(
                "old_timestamp",
                "an endpoint.test that was correctly signed ten minutes ago",
                outcomes[3],
                "Refuse a timestamp that is more than five minutes from your clock: else a recorded delivery can be played back at any time."
            ),
            Accepted(
                "duplicate",
                "the valid endpoint.test once more, with the same webhook-id",
                outcomes[4],
                "Answer 2xx to a webhook-id that you know, and do nothing: an error makes us send it again.",
                "Whether it was processed twice cannot be seen from outside: remember each webhook-id together with what it changed."
            ),
        ];
    }

    private static ProbeCase Accepted(
        string name,
        string sent,
        AttemptOutcome outcome,
        string advice,
        string? note = null
    ) => Judged(name, sent, Accepts, outcome, outcome.Succeeded, advice, note);

    /// <summary>
    /// 408 and 429 ask for another attempt and 410 says that nobody is there: none of them refuses this request.
    /// </summary>
    private static ProbeCase Refused(string name, string sent, AttemptOutcome outcome, string advice) =>
        Judged(
            name,
            sent,
            Refuses,
            outcome,
            outcome.Status is >= 400 and < 500 and not (408 or 410 or 429),
            advice,
            null
        );

    private static ProbeCase Judged(
        string name,
        string sent,
        string expected,
        AttemptOutcome outcome,
        bool passed,
        string advice,
        string? note
    )
    {
        var said =
            passed ? note
            : outcome.Status is null
                ? $"Make the endpoint answer within {TimeLimit.TotalSeconds:0} seconds: this time there was no usable answer."
            : outcome.Status is >= 300 and < 400 ? "Answer at the URL that is configured: redirects are not followed."
            : advice;
        return new ProbeCase(name, sent, expected, passed, outcome.Status, outcome.Error, outcome.Milliseconds, said);
    }

    private string NewId() => $"evt_{Ulid.New(time.Now())}";

    private byte[] BodyFor(Partner partner, string probe) =>
        Encoding.UTF8.GetBytes(
            JsonSerializer.Serialize(
                new
                {
                    @event = PartnerEvents.EndpointTest,
                    timestamp = time.Now(),
                    data = new { partnerId = partner.Id.Value, probe },
                },
                Answer.Json
            )
        );
}
