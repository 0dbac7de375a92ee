using System.Diagnostics;
using System.Globalization;
using System.Text;
using Serverless.Functions.HmacAuth;

namespace Serverless.Benchmarks;

/// <summary>What a signature costs the processor: header and nonce read, the HMAC made and compared.</summary>
internal sealed class HmacBenchmark(Report report)
{
    private const int Rounds = 20_000;

    public void Run()
    {
        foreach (var size in new[] { 0, 512, 64 * 1024 })
        {
            var measured = Measure(Encoding.UTF8.GetBytes(new string('x', size)));
            report.Note(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"HMAC check, body of {size:N0} bytes: {measured:0.0} µs of one core."
                )
            );
        }
    }

    /// <summary>Median of 5 runs, in microseconds.</summary>
    private static double Measure(byte[] body)
    {
        const string Target = "/eapi/v0/identities/basic?email=ana%40example.org",
            Nonce = "1790000000123457";
        var secret = Encoding.UTF8.GetBytes("sk_test_" + new string('a', 64));
        var header =
            $"Bearer pk_test_aaaaaaaaaaaaaaaaaaaaaaaa:{HmacSignature.Compute(secret, "POST", Target, Nonce, body)}:{Nonce}";
        var now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_100);
        bool Check() =>
            HmacAuthorization.TryParse(header, out var sent)
            && Functions.HmacAuth.Nonce.TryParse(sent.Nonce, out var nonce)
            && nonce.IsNear(now)
            && HmacSignature.Matches(sent.Signature, secret, "POST", Target, sent.Nonce, body);
        var runs = new List<double>();
        for (var run = 0; run < 6; run++)
        {
            var rounds = body.Length > 10_000 ? Rounds / 20 : Rounds;
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < rounds; i++)
            {
                if (!Check())
                    throw new InvalidOperationException("The signature is refused.");
            }
            // The first run warms up.
            if (run > 0)
                runs.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds / rounds);
        }
        return Statistics.Median(runs);
    }
}
