using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;
using Serverless.Functions.Security;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Audit;

/// <summary>Every act of an operator is written down before it happens, with its outcome after it.</summary>
public sealed class AuditTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Every operation of the operator's document that is no GET, and every one that asks who it is.</summary>
    [Fact]
    public async Task Every_operation_that_is_no_GET_or_asks_who_it_is_leaves_an_entry()
    {
        var document = JsonNode.Parse(await app.Service<ApiDocuments>().JsonAsync(ApiDescription.Operator))!;
        var acts =
            from path in document["paths"]!.AsObject()
            from operation in path.Value!.AsObject()
            where operation.Key is not ("get" or "parameters") || AsksWho(operation.Value!)
            select (
                Path: path.Key,
                Method: HttpMethod.Parse(operation.Key),
                Id: (string)operation.Value!["operationId"]!
            );
        var tried = 0;
        foreach (var (path, method, id) in acts)
        {
            var filled = string.Join('/', path.Split('/').Select(part => part.StartsWith('{') ? "nobody-here" : part));
            var request = $"walk-{++tried}";
            var reply = await app.SendAsync(
                method,
                filled,
                method == HttpMethod.Get ? null : "{}",
                ("X-Request-Id", request),
                ("X-Operator", "walker"),
                ("X-Reason", "a test of all")
            );
            var entry = await OnlyEntryAsync($"act={id}&operator=walker");
            Assert.Equal(request, (string)entry["requestId"]!);
            Assert.Equal("a test of all", (string)entry["reason"]!);
            Assert.Equal(reply.Status, (int)entry["status"]!);
            Assert.Equal(reply.Status < 400 ? "succeeded" : "refused", (string)entry["outcome"]!);
            Assert.Equal(path, (string)entry["route"]!);
        }
        Assert.Equal(FunctionApis.Acts.Count, tried);
        Assert.True(tried >= 12);
    }

    private static bool AsksWho(JsonNode operation) =>
        operation["parameters"]!.AsArray().Any(parameter => (string)parameter!["name"]! == "X-Operator");

    [Fact]
    public async Task An_entry_says_who_when_what_on_whom_why_and_what_came_of_it()
    {
        var partner = await app.NewPartnerAsync();
        var before = app.Clock.GetUtcNow();
        var words = new[]
        {
            ("X-Operator", "Jos%C3%A9 P%C3%A9rez"),
            ("X-Reason", "Ferm%C3%A9, on holiday"),
            ("X-Request-Id", "who-1"),
        };
        (await app.SendAsync(HttpMethod.Post, $"/operator/partners/{partner.Id}/suspend", null, words)).Is(200);
        var entry = await OnlyEntryAsync($"partnerId={partner.Id}&act=suspendPartner");
        Assert.Equal("José Pérez", (string)entry["operator"]!);
        Assert.Equal("Fermé, on holiday", (string)entry["reason"]!);
        Assert.Equal("POST", (string)entry["method"]!);
        Assert.Equal("/operator/partners/{id}/suspend", (string)entry["route"]!);
        Assert.Equal(partner.Id, (string)entry["target"]!["id"]!);
        Assert.Equal("who-1", (string)entry["requestId"]!);
        Assert.Equal("succeeded", (string)entry["outcome"]!);
        var at = DateTimeOffset.Parse((string)entry["at"]!, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(at, before.AddMilliseconds(-1), app.Clock.GetUtcNow());
        Assert.Null(entry["code"]);
        // As it is stored, the reason cannot be read.
        var rows = await app.RowsAsync("Audit", $"RequestId eq 'who-1'");
        Assert.DoesNotContain(
            "holiday",
            string.Join(' ', rows[0].Select(column => column.Value)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Who_does_not_say_its_name_is_unnamed_and_the_new_partner_is_known_to_the_entry()
    {
        var partner = await app.NewPartnerAsync();
        var entry = await OnlyEntryAsync($"partnerId={partner.Id}");
        Assert.Equal("createPartner", (string)entry["act"]!);
        Assert.Equal("unnamed", (string)entry["operator"]!);
        Assert.Null(entry["reason"]);
    }

    [Fact]
    public async Task A_refused_act_is_kept_with_its_code()
    {
        var path = "/operator/partners/nobody/resume";
        (await app.PostAsync(path, null, ("X-Operator", "refused-1"))).Is(404);
        var entry = await OnlyEntryAsync("operator=refused-1&outcome=refused");
        Assert.Equal("RESOURCE_NOT_FOUND", (string)entry["code"]!);
        Assert.Equal(404, (int)entry["status"]!);
    }

    [Theory]
    [InlineData("X-Operator", "")]
    [InlineData("X-Operator", "%20%20")]
    [InlineData("X-Operator", "%")]
    [InlineData("X-Operator", "%4")]
    [InlineData("X-Operator", "%zz")]
    [InlineData("X-Operator", "%ff")]
    [InlineData("X-Operator", "a%0Ab")]
    [InlineData("X-Operator", "%E2%80%AEevil")]
    [InlineData("X-Reason", "a%00b")]
    [InlineData("X-Reason", "%C3")]
    public async Task A_header_that_names_nobody_is_refused_and_nothing_is_done(string header, string value)
    {
        var partner = await app.NewPartnerAsync();
        var reply = await app.PostAsync($"/operator/partners/{partner.Id}/suspend", null, (header, value));
        reply.Is(400);
        Assert.Equal(header, (string)reply.Json["error"]!["details"]![0]!["field"]!);
        (await partner.GetAsync("/partner/me")).Is(200);
        Assert.Empty(await EntriesAsync($"partnerId={partner.Id}&act=suspendPartner"));
    }

    [Theory]
    [InlineData("X-Operator", 100)]
    [InlineData("X-Reason", 500)]
    public async Task A_header_has_so_many_characters_at_most_as_people_count_them(string header, int most)
    {
        var partner = await app.NewPartnerAsync();
        var path = $"/operator/partners/{partner.Id}/resume";
        (await app.PostAsync(path, null, (header, string.Concat(Enumerable.Repeat("%C3%A9", most))))).Is(200);
        (await app.PostAsync(path, null, (header, new string('a', most + 1)))).Is(400);
    }

    [Fact]
    public async Task A_key_or_secret_that_is_pasted_into_a_path_is_not_kept()
    {
        var partner = await app.NewPartnerAsync();
        var secret = Uri.EscapeDataString(partner.Secret);
        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{partner.Key}", null)).Is(404);
        (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{secret}", null)).Is(404);
        var text = new StringBuilder();
        foreach (var row in await app.RowsAsync("Audit"))
            text.AppendJoin(' ', row.Select(column => column.Value)).AppendLine();
        Assert.DoesNotContain(partner.Key, text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(partner.Secret, text.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(partner.Secret[..20], text.ToString(), StringComparison.Ordinal);
        Assert.Contains(partner.Key[..15] + "…", text.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hkA7X+r6NDxa5o8m7dD5eGyg1jj2RjIITA3XygDdZo8=")]
    [InlineData("hkA/Xar6NDxa5o8m7dD5eGyg1jj2RjIITA3XygDdZo8=")]
    [InlineData("hkA7Xar6NDx/5o+m7dD5eGyg1jj2RjIITA3XygDdZo8=")]
    [InlineData("++++++++++++++/+++++++++++++/+++++++++++Zo8=")]
    public async Task A_webhook_secret_is_not_kept_wherever_its_base64_has_plus_and_slash(string random)
    {
        var partner = await app.NewPartnerAsync();
        var secret = "whsec_" + random;
        foreach (
            var form in new[] { Uri.EscapeDataString(secret), secret.Replace("/", "%2F", StringComparison.Ordinal) }
        )
            (await app.SendAsync(HttpMethod.Delete, $"/operator/partners/{partner.Id}/keys/{form}", null)).Is(404);
        var targets = (await EntriesAsync($"partnerId={partner.Id}"))
            .Select(entry => entry!["target"]!.ToJsonString())
            .Where(target => target.Contains("keyPrefix", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(2, targets.Count);
        Assert.All(targets, target => Assert.DoesNotContain("Zo8", target, StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_act_that_cannot_be_written_down_is_not_done()
    {
        await using var broken = await TestApp.StartAsync();
        broken.ExpectErrors();
        var partner = await broken.NewPartnerAsync();
        await broken.Table("Audit").DeleteAsync(Cancel);
        using var raw = await RawHttp.ConnectAsync(broken.Address);
        var request =
            $"POST /operator/partners/{partner.Id}/suspend HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        var reply = await raw.SendAsync(Encoding.ASCII.GetBytes(request));
        Assert.Equal(503, reply.Status);
        Assert.Contains("AUDIT_UNAVAILABLE", reply.Body, StringComparison.Ordinal);
        (await partner.GetAsync("/partner/me")).Is(200);
        // What changes nothing needs no audit.
        (await broken.GetAsync($"/operator/merges?partnerId={partner.Id}")).Is(200);
    }

    [Fact]
    public async Task An_act_whose_caller_left_has_an_unknown_outcome()
    {
        var secrets = new HangingSecrets();
        await using var slow = await TestApp.StartAsync(services =>
            services.AddSingleton<ISecretSource>(given => secrets.Around(given))
        );
        var partner = await slow.NewPartnerAsync();
        // The ring is read anew after a while, and then hangs.
        await slow.AdvanceAsync(TimeSpan.FromMinutes(6));
        secrets.Hang();
        var path = $"/operator/partners/{partner.Id}/identity-keys";
        using (var raw = await RawHttp.ConnectAsync(slow.Address))
        {
            var request = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nX-Operator: left\r\n\r\n";
            var sending = raw.SendAsync(Encoding.ASCII.GetBytes(request));
            _ = sending.ContinueWith(sent => sent.Exception, TaskScheduler.Default);
            await secrets.Begun.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
            var open = await OnlyEntryAsync("operator=left", slow);
            Assert.Equal("unknown", (string)open["outcome"]!);
        }
        await secrets.Left.WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        await slow.IdleAsync();
        var entry = await OnlyEntryAsync("operator=left&outcome=unknown", slow);
        Assert.Equal("issueIdentityKey", (string)entry["act"]!);
        Assert.Null(entry["status"]);
    }

    [Fact]
    public async Task The_reason_of_an_act_on_a_person_goes_with_the_person()
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("audit-erased")).Is(201);
        var path = $"/operator/partners/{partner.Id}/identities/audit-erased/block";
        (await app.PostAsync(path, null, ("X-Reason", "Ana Torres called"))).Is(200);
        var before = await OnlyEntryAsync($"partnerId={partner.Id}&reference=audit-erased");
        Assert.Equal("Ana Torres called", (string)before["reason"]!);
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/audit-erased", null)).Is(200);
        var after = await OnlyEntryAsync($"partnerId={partner.Id}&reference=audit-erased");
        Assert.Null(after["reason"]);
        Assert.Equal("blockIdentity", (string)after["act"]!);
        Assert.Equal("succeeded", (string)after["outcome"]!);
    }

    [Fact]
    public async Task The_list_is_newest_first_in_pages_and_within_a_time()
    {
        var partner = await app.NewPartnerAsync();
        for (var i = 0; i < 5; i++)
        {
            await app.AdvanceAsync(TimeSpan.FromMinutes(1));
            (await app.PostAsync($"/operator/partners/{partner.Id}/resume", null, ("X-Request-Id", $"paged-{i}"))).Is(
                200
            );
        }
        var query = $"partnerId={partner.Id}&act=resumePartner";
        var first = (await app.GetAsync($"/operator/audit?{query}&limit=2")).Is(200).Data;
        Assert.Equal(5, (int)first["pagination"]!["total"]!);
        Assert.Equal(["paged-4", "paged-3"], Requests(first));
        var cursor = (string)first["pagination"]!["nextCursor"]!;
        Assert.Equal(
            ["paged-2", "paged-1"],
            Requests((await app.GetAsync($"/operator/audit?{query}&limit=2&cursor={cursor}")).Is(200).Data)
        );
        Assert.Equal(
            ["paged-0"],
            Requests((await app.GetAsync($"/operator/audit?{query}&limit=2&page=3")).Is(200).Data)
        );
        var at = (string)first["items"]![1]!["at"]!;
        Assert.Equal(
            ["paged-4", "paged-3"],
            Requests((await app.GetAsync($"/operator/audit?{query}&from={at}")).Is(200).Data)
        );
        Assert.Equal("paged-3", Requests((await app.GetAsync($"/operator/audit?{query}&to={at}")).Is(200).Data)[0]);
        (await app.GetAsync($"/operator/audit?cursor={cursor}&act=nothing")).Is(400);
    }

    private static string[] Requests(JsonNode page) =>
        [.. page["items"]!.AsArray().Select(item => (string)item!["requestId"]!)];

    private async Task<JsonNode> OnlyEntryAsync(string query, TestApp? at = null) =>
        Assert.Single(await EntriesAsync(query, at))!;

    private async Task<JsonArray> EntriesAsync(string query, TestApp? at = null) =>
        (await (at ?? app).GetAsync($"/operator/audit?{query}")).Is(200).Data["items"]!.AsArray();

    /// <summary>Answers as the app's own source does, until it is told to hang.</summary>
    private sealed class HangingSecrets : ISecretSource
    {
        private readonly TaskCompletionSource _begun = new();
        private readonly TaskCompletionSource _left = new();
        private ConfigurationSecrets? _inner;
        private bool _hangs;

        public Task Begun => _begun.Task;

        public Task Left => _left.Task;

        public HangingSecrets Around(IServiceProvider services)
        {
            _inner ??= new ConfigurationSecrets(services.GetRequiredService<IOptions<SecurityOptions>>().Value.Secrets);
            return this;
        }

        public void Hang() => _hangs = true;

        public async Task<string> GetAsync(string name, CancellationToken ct)
        {
            if (!_hangs)
                return await _inner!.GetAsync(name, ct);
            _begun.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            }
            finally
            {
                _left.TrySetResult();
            }
            return "";
        }
    }
}
