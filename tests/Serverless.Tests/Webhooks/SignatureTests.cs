using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Deliveries;
using Serverless.Functions.Webhooks.Signing;
using StandardWebhooks;
using Xunit;

namespace Serverless.Tests.Webhooks;

public sealed class SignatureTests
{
    [Fact]
    public void The_contract_s_test_vector_holds()
    {
        const string body =
            """{"event":"link.opened","timestamp":"2026-01-01T00:00:00.000Z","data":{"linkId":"link_nova_k3m8q1z7t5w2","referenceId":"cust-9001"}}""";
        Assert.Equal(131, Encoding.UTF8.GetByteCount(body));
        Assert.Equal(
            "sha256=26b9ed958b2ebd8d7dbd21b8f32a55d7bd92dee2788fdbd07f3a5ec828f8c2fd",
            WebhookSignature.M2m(
                WebhookSecret.From("whsec_demo_0123456789abcdef").M2mKey,
                1767225600,
                Encoding.UTF8.GetBytes(body)
            )
        );
    }

    [Fact]
    public void The_test_vector_of_Standard_Webhooks_holds() =>
        // Published with the specification's reference libraries.
        Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSignature.Standard(
                WebhookSecret.From("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").StandardKey,
                "msg_p5jXN8AQM9LWM0D4loKWxJek",
                1614265330,
                Encoding.UTF8.GetBytes("""{"test": 2432232314}""")
            )
        );

    [Fact]
    public void Both_signatures_depend_on_every_byte_that_they_cover() =>
        Prop.ForAll<NonNull<string>, int>(
                (text, at) =>
                {
                    var body = Encoding.UTF8.GetBytes(text.Get);
                    var secret = WebhookSecret.New();
                    var timestamp = Math.Abs((long)at);
                    var seconds = timestamp.ToString(CultureInfo.InvariantCulture);
                    var m2m = WebhookSignature.M2m(secret.M2mKey, timestamp, body);
                    var standard = WebhookSignature.Standard(secret.StandardKey, "evt_1", timestamp, body);
                    byte[] changed = [.. body, 1];
                    return m2m == Expected.M2m(secret.Reveal(), seconds, body)
                        && standard == Expected.Standard(secret.Reveal(), "evt_1", seconds, body)
                        && m2m != WebhookSignature.M2m(secret.M2mKey, timestamp, changed)
                        && m2m != WebhookSignature.M2m(secret.M2mKey, timestamp + 1, body)
                        && standard != WebhookSignature.Standard(secret.StandardKey, "evt_2", timestamp, body)
                        && standard
                            != WebhookSignature.Standard(WebhookSecret.New().StandardKey, "evt_1", timestamp, body);
                }
            )
            .QuickCheckThrowOnFailure();

    [Fact]
    public void A_secret_never_prints_itself()
    {
        var secret = WebhookSecret.New();
        Assert.Equal("whsec_…", $"{secret}");
    }

    [Fact]
    public void Five_attempts_within_two_hours_and_36_minutes()
    {
        var delays = Enumerable
            .Range(1, RetrySchedule.Attempts)
            .Select(attempt => RetrySchedule.DelayAfter(attempt))
            .ToList();
        Assert.Equal([1.0, 5.0, 30.0, 120.0, null], delays.Select(delay => delay?.TotalMinutes));
        Assert.Equal(TimeSpan.FromMinutes(156), TimeSpan.FromTicks(delays.Sum(delay => delay?.Ticks ?? 0)));
    }

    [Fact]
    public void The_schedule_grows_and_ends() =>
        Prop.ForAll(
                Gen.Choose(1, 1000).ToArbitrary(),
                attempt =>
                    attempt < RetrySchedule.Attempts
                        ? RetrySchedule.DelayAfter(attempt) > TimeSpan.Zero
                            && (
                                attempt == 1
                                || RetrySchedule.DelayAfter(attempt) > RetrySchedule.DelayAfter(attempt - 1)
                            )
                        : RetrySchedule.DelayAfter(attempt) is null
            )
            .QuickCheckThrowOnFailure();
}

/// <summary>The signatures as the specifications describe them, written independently of the app.</summary>
internal static class Expected
{
    public static string M2m(string secret, string timestamp, byte[] body) =>
        "sha256="
        + Convert
            .ToHexString(
                HMACSHA256.HashData(
                    Encoding.UTF8.GetBytes(secret),
                    (byte[])[.. Encoding.ASCII.GetBytes(timestamp + "."), .. body]
                )
            )
            .ToLowerInvariant();

    /// <summary>By the .NET library of Standard Webhooks, which knows text only.</summary>
    public static string Standard(string secret, string id, string timestamp, byte[] body) =>
        new StandardWebhook(secret).Sign(
            id,
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, CultureInfo.InvariantCulture)),
            Encoding.UTF8.GetString(body)
        );
}
