using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Serverless.Campaign;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Tests.Crashes;

/// <summary>
/// The app is killed while accounts are merged: after the restart each merge has either not begun or is complete, and
/// who asks again gets it done.
/// </summary>
public sealed class MergeCrashTests(ITestOutputHelper output)
{
    private const int Rounds = 16;
    private const int PairsARound = 4;

    /// <summary>Merges of a warm app take about as long.</summary>
    private static readonly TimeSpan LatestKill = TimeSpan.FromMilliseconds(250);

    [Fact]
    public async Task A_merge_is_not_begun_or_complete_over_kills()
    {
        var ct = TestContext.Current.CancellationToken;
        var seed = CrashSettings.Seed(output);
        var random = new Random(seed);
        await using var azurite = await AzuriteProcess.StartAsync(
            new AzuriteOptions { EndWithThisProcess = true },
            output.WriteLine,
            ct
        );
        using var folder = new TemporaryFolder();
        var settings = CrashSettings.Of(azurite, folder.Path, "Merge");
        settings["Identities__CallsPerMinute"] = "100000";
        using var app = new AppProcess(CrashSettings.FreePort(), settings);
        using var partner = new SignedPartner(app.Address);
        try
        {
            await app.StartAsync(ct);
            await partner.RegisterAsync("merging", ct);
            var broken = 0;
            for (var round = 0; round < Rounds; round++)
            {
                var pairs = Enumerable
                    .Range(0, PairsARound)
                    .Select(pair =>
                        (
                            Old: $"old-{round}-{pair}",
                            New: $"new-{round}-{pair}",
                            Email: $"ana-{round}-{pair}@example.org"
                        )
                    )
                    .ToList();
                foreach (var (old, fresh, email) in pairs)
                {
                    await partner.CallAsync(
                        HttpMethod.Post,
                        "/eapi/v0/identities/basic",
                        new JsonObject { ["identityReference"] = old, ["email"] = email },
                        ct
                    );
                    await partner.CallAsync(
                        HttpMethod.Post,
                        "/eapi/v0/identities/basic",
                        new JsonObject { ["identityReference"] = fresh },
                        ct
                    );
                }
                var merged = pairs
                    .Select(pair =>
                        partner.TryCallAsync(
                            HttpMethod.Patch,
                            "/eapi/v0/identities",
                            new JsonObject { ["identityReference"] = pair.New, ["email"] = pair.Email },
                            ct
                        )
                    )
                    .ToList();
                await app.KillSoonAsync(random, ct, LatestKill);
                broken += (await Task.WhenAll(merged)).Count(answer => answer is null);

                foreach (var ((old, fresh, email), answer) in pairs.Zip(merged))
                    await NotBegunOrCompleteAsync(
                        partner,
                        old,
                        fresh,
                        email,
                        acknowledged: await answer is not null,
                        ct
                    );
                await partner.AdvanceAsync(TimeSpan.FromMinutes(2), ct);
                foreach (var (old, fresh, email) in pairs)
                {
                    await NotBegunOrCompleteAsync(partner, old, fresh, email, acknowledged: false, ct);
                    await partner.CallAsync(
                        HttpMethod.Patch,
                        "/eapi/v0/identities",
                        new JsonObject { ["identityReference"] = fresh, ["email"] = email },
                        ct
                    );
                    await NotBegunOrCompleteAsync(partner, old, fresh, email, acknowledged: true, ct);
                }
            }
            await partner.AdvanceAsync(TimeSpan.FromMinutes(2), ct);
            var merges = (await partner.OperatorAsync("/operator/merges?partnerId=merging&limit=100", ct))["data"]![
                "items"
            ]!.AsArray();
            Assert.Equal(Rounds * PairsARound, merges.Select(merge => (string)merge!["from"]!).Distinct().Count());
            output.WriteLine($"{broken} of {Rounds * PairsARound} requests broke");
        }
        catch
        {
            output.WriteLine(app.Output);
            throw;
        }
    }

    /// <summary>
    /// Both references and the address tell one story: two accounts with the address at the old one, or one with the
    /// address on the new reference.
    /// </summary>
    private static async Task NotBegunOrCompleteAsync(
        SignedPartner partner,
        string old,
        string fresh,
        string email,
        bool acknowledged,
        CancellationToken ct
    )
    {
        JsonNode byEmail,
            one,
            other;
        string holder;
        do
        {
            // What the kill left half done is completed by its message at any moment: answers from before and after
            // that tell nothing.
            byEmail = await ByEmailAsync();
            holder = (string)byEmail["identityReference"]!;
            one = await partner.CallAsync(HttpMethod.Get, $"/eapi/v0/identities/{old}", null, ct);
            other = await partner.CallAsync(HttpMethod.Get, $"/eapi/v0/identities/{fresh}", null, ct);
        } while ((string)(await ByEmailAsync())["identityReference"]! != holder);

        Task<JsonNode> ByEmailAsync() =>
            partner.CallAsync(HttpMethod.Get, $"/eapi/v0/identities/any?email={Uri.EscapeDataString(email)}", null, ct);

        Assert.Equal(byEmail["account"]!.ToJsonString(), one["account"]!.ToJsonString());
        Assert.Equal(holder == fresh, (bool)other["account"]!["exists"]!);
        if (holder == fresh)
            Assert.Equal(one["account"]!.ToJsonString(), other["account"]!.ToJsonString());
        else
            Assert.Equal(old, holder);
        Assert.True(holder == fresh || !acknowledged, $"{fresh}: a merge that was acknowledged is lost.");
    }

    /// <summary>Signs its requests.</summary>
    private sealed class SignedPartner(Uri app) : IDisposable
    {
        private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) })
        {
            BaseAddress = app,
        };
        private string _key = "";
        private string _secret = "";
        private long _last;

        public async Task RegisterAsync(string id, CancellationToken ct)
        {
            using var answer = await _http.PostAsJsonAsync("/operator/partners", new { partnerId = id, name = id }, ct);
            var data = JsonNode.Parse(await answer.Content.ReadAsStringAsync(ct))!["data"]!;
            (_key, _secret) = ((string)data["identityApiKey"]!, (string)data["identityApiSecret"]!);
        }

        public async Task<JsonNode> OperatorAsync(string path, CancellationToken ct) =>
            JsonNode.Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative), ct))!;

        public async Task AdvanceAsync(TimeSpan by, CancellationToken ct)
        {
            using var answer = await _http.PostAsJsonAsync("/local/clock", new { advance = by.ToString("c") }, ct);
            answer.EnsureSuccessStatusCode();
        }

        /// <summary>A call that must succeed.</summary>
        public async Task<JsonNode> CallAsync(
            HttpMethod method,
            string target,
            JsonObject? body,
            CancellationToken ct
        ) =>
            await TryCallAsync(method, target, body, ct)
            ?? throw new InvalidOperationException($"{method} {target} broke.");

        /// <summary>Null where no answer came.</summary>
        public async Task<JsonNode?> TryCallAsync(
            HttpMethod method,
            string target,
            JsonObject? body,
            CancellationToken ct
        )
        {
            var bytes = body is null ? [] : Encoding.UTF8.GetBytes(body.ToJsonString());
            var nonce =
                Interlocked.Increment(ref _last)
                + ((DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
            var head = Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{method.Method}\n{target}\n{nonce}")
            );
            byte[] canonical = bytes.Length > 0 ? [.. head, (byte)'\n', .. bytes] : head;
            var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(_secret), canonical));
            using var request = new HttpRequestMessage(method, target);
            if (bytes.Length > 0)
                request.Content = new ByteArrayContent(bytes)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
                };
            request.Headers.TryAddWithoutValidation(
                "Authorization",
                string.Create(CultureInfo.InvariantCulture, $"Bearer {_key}:{signature}:{nonce}")
            );
            try
            {
                using var answer = await _http.SendAsync(request, ct);
                var text = await answer.Content.ReadAsStringAsync(ct);
                return answer.IsSuccessStatusCode
                    ? JsonNode.Parse(text)!
                    : throw new InvalidOperationException($"{method} {target}: {(int)answer.StatusCode} {text}");
            }
            catch (Exception ex) when (ex is HttpRequestException or SocketException)
            {
                return null;
            }
        }

        public void Dispose() => _http.Dispose();
    }
}
