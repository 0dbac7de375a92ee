using System.IO.Compression;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Serverless.Functions.DataRequests;
using Xunit;

namespace Serverless.Tests.DataRequests;

/// <summary>Data requests: a test for each way in which one can end, named after it.</summary>
public sealed class DataRequestTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string[] AllEvents =
    [
        "link.opened",
        "user.data_request",
        "user.data_request.fulfilled",
        "user.data_request.expired",
        "user.status_changed",
        "link.expired",
        "link.revoked",
    ];

    [Fact]
    public async Task The_first_opening_with_missing_fields_asks_the_partner_for_just_those()
    {
        var (_, inbox, link) = await OpenedAsync(Samples.LeastUserData(), "on_open");
        var asked = Assert.Single(inbox.Received, webhook => webhook.Event == "user.data_request").Data;
        Assert.Equal(
            ["name.secondName", "name.secondLastName", "idNumber", "idType", "dob"],
            asked["requiredFields"]!.AsArray().Select(field => (string)field!)
        );
        Assert.Equal(link.Reference, (string)asked["referenceId"]!);
        Assert.Equal(link.Id, (string)asked["linkId"]!);
        Assert.Equal((string)link.Created["expiresAt"]!, (string)asked["expiresAt"]!);
        Assert.EndsWith(
            $"/partner/data-requests/{asked["dataRequestId"]}",
            (string)asked["replyEndpoint"]!,
            StringComparison.Ordinal
        );
        Assert.StartsWith("dr_", (string)asked["dataRequestId"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_request_per_link()
    {
        var (_, inbox, link) = await OpenedAsync();
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Single(inbox.Events, "user.data_request");
    }

    [Fact]
    public async Task Nobody_is_asked_when_nothing_is_missing()
    {
        var (_, inbox, _) = await OpenedAsync(Samples.FullUserData());
        Assert.DoesNotContain("user.data_request", inbox.Events);
    }

    [Fact]
    public async Task Nobody_is_asked_without_a_webhook_URL()
    {
        var partner = await app.NewPartnerAsync();
        var link = await partner.CreateLinkAsync();
        (await link.OpenAsync()).Is(200);
        (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(404);
    }

    [Fact]
    public async Task An_answer_by_PUT_is_merged_and_fulfils_the_request()
    {
        var (partner, inbox, link) = await OpenedAsync();
        var reply = (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        Assert.Equal("fulfilled", (string)reply.Data["status"]!);
        Assert.Equal(link.Id, (string)reply.Data["linkId"]!);
        Assert.NotEmpty((string)reply.Data["message"]!);
        Assert.Equal("Carlos", (string)(await link.GetAsync()).Data["userData"]!["name"]!["firstName"]!);
        await app.IdleAsync();
        Assert.Contains("user.data_request.fulfilled", inbox.Events);
        var changed = Assert.Single(inbox.Received, webhook => webhook.Event == "user.status_changed").Data;
        Assert.Equal(
            ("data_incomplete", "data_complete"),
            ((string)changed["previousStatus"]!, (string)changed["status"]!)
        );
    }

    [Fact]
    public async Task Wrong_referenceId_is_a_mismatch_and_nothing_is_merged()
    {
        var (partner, _, link) = await OpenedAsync();
        (
            await partner.PutAsync(
                $"/partner/data-requests/{RequestOf(link)}",
                new { referenceId = "somebody-else", userData = Samples.FullUserData() }
            )
        ).Is(400, "REFERENCE_ID_MISMATCH");
        Assert.Null((await link.GetAsync()).Data["userData"]);
        Assert.Equal("pending", await StatusAsync(partner, link));
    }

    [Fact]
    public async Task Partial_answer_fulfils_and_no_second_request_is_made()
    {
        var (partner, inbox, link) = await OpenedAsync();
        var reply = (await AnswerAsync(partner, link, new JsonObject { ["dob"] = "1990-05-14" })).Is(200);
        Assert.Equal("fulfilled", (string)reply.Data["status"]!);
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Single(inbox.Events, "user.data_request");
        var missing = (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200).Data[
            "missingFields"
        ]!.AsArray();
        Assert.Equal(6, missing.Count);
        Assert.DoesNotContain(missing, field => (string)field! == "dob");
    }

    [Fact]
    public async Task Field_not_asked_for_is_accepted_and_merged_with_precedence()
    {
        var (partner, _, link) = await OpenedAsync(Samples.LeastUserData());
        (
            await AnswerAsync(
                partner,
                link,
                new JsonObject { ["paymentMethod"] = Samples.FullUserData()["paymentMethod"]!.DeepClone() }
            )
        ).Is(200);
    }

    [Fact]
    public async Task Value_that_loses_to_partner_api_is_ignored_silently()
    {
        var (partner, _, link) = await OpenedAsync(Samples.LeastUserData());
        (
            await AnswerAsync(
                partner,
                link,
                new JsonObject
                {
                    ["name"] = new JsonObject { ["firstName"] = "Somebody", ["secondName"] = "" },
                }
            )
        ).Is(200);
        var name = (await link.GetAsync()).Data["userData"]!["name"]!;
        Assert.Equal(("Carlos", ""), ((string)name["firstName"]!, (string)name["secondName"]!));
    }

    [Fact]
    public async Task Widget_value_already_typed_is_outranked_and_replaced_by_the_answer()
    {
        var (partner, _, link) = await OpenedAsync();
        await InWidgetAsync(
            HttpMethod.Put,
            link,
            "data",
            new { userData = new { name = new { firstName = "Karl", lastName = "Typed" } } }
        );
        (
            await AnswerAsync(partner, link, new JsonObject { ["name"] = new JsonObject { ["firstName"] = "Carlos" } })
        ).Is(200);
        var fields = (await partner.GetAsync($"/partner/users/{link.Reference}")).Is(200).Data["fields"]!
            .AsArray()
            .ToDictionary(held => (string)held!["path"]!, held => (string)held!["source"]!);
        Assert.Equal(("partner_webhook", "widget"), (fields["name.firstName"], fields["name.lastName"]));
    }

    [Fact]
    public async Task Answer_after_the_user_passed_the_CIP_step_is_merged_and_changes_nothing_of_this_session()
    {
        var (partner, _, link) = await OpenedAsync();
        await InWidgetAsync(HttpMethod.Post, link, "step", new { step = "cip" });
        await InWidgetAsync(HttpMethod.Put, link, "data", new { userData = Samples.FullUserData() });
        await InWidgetAsync(HttpMethod.Post, link, "cip", new { });
        await app.AdvanceAsync(TimeSpan.FromSeconds(15));
        (await AnswerAsync(partner, link, Samples.FullUserData().With("name.firstName", "Karla"))).Is(200);
        var user = (await partner.GetAsync($"/partner/users/{link.Reference}")).Is(200).Data;
        Assert.Equal("cip_verified", (string)user["status"]!);
        Assert.Equal(
            "partner_webhook",
            (string)user["fields"]!.AsArray().Single(held => (string)held!["path"]! == "name.firstName")!["source"]!
        );
        Assert.Equal("Karla", (string)(await link.GetAsync()).Data["userData"]!["name"]!["firstName"]!);
    }

    [Fact]
    public async Task After_expiry_is_LINK_EXPIRED_and_nothing_is_merged()
    {
        var (partner, inbox, link) = await OpenedAsync();
        await app.AdvanceAsync(TimeSpan.FromMinutes(61));
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(409, "LINK_EXPIRED");
        Assert.Null((await link.GetAsync()).Data["userData"]);
        Assert.Equal("expired", await StatusAsync(partner, link));
        Assert.Contains("user.data_request.expired", inbox.Events);
        Assert.Equal("Expired", await EndingAsync(link));
    }

    [Fact]
    public async Task Link_revoked_is_LINK_REVOKED_and_the_request_is_cancelled()
    {
        var (partner, _, link) = await OpenedAsync();
        (await link.RevokeAsync()).Is(200);
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(409, "LINK_REVOKED");
        Assert.Equal("cancelled", await StatusAsync(partner, link));
        await app.IdleAsync();
        Assert.Equal("Cancelled", await EndingAsync(link));
    }

    [Fact]
    public async Task Second_answer_that_is_identical_gives_the_same_result_and_another_one_is_409()
    {
        var (partner, _, link) = await OpenedAsync();
        var first = (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        var second = (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        Assert.Equal(first.Text, second.Text);
        (await AnswerAsync(partner, link, Samples.FullUserData().With("dob", "1991-05-14"))).Is(
            409,
            "DATA_REQUEST_ALREADY_FULFILLED"
        );
        await app.IdleAsync();
        Assert.Equal("Fulfilled", await EndingAsync(link));
    }

    [Fact]
    public async Task Foreign_and_unknown_requests_are_404()
    {
        var (_, _, link) = await OpenedAsync();
        var foreign = await app.NewPartnerAsync();
        (
            await foreign.PutAsync(
                $"/partner/data-requests/{RequestOf(link)}",
                new { referenceId = link.Reference, userData = Samples.FullUserData() }
            )
        ).Is(404);
        (await foreign.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(404);
        (await foreign.GetAsync("/partner/data-requests/dr_nobody")).Is(404);
    }

    [Fact]
    public async Task An_answer_that_is_not_valid_names_all_that_is_wrong_and_merges_nothing()
    {
        var (partner, _, link) = await OpenedAsync();
        var reply = (
            await AnswerAsync(partner, link, Samples.FullUserData().With("dob", "1990-02-30").With("idNumber", "X"))
        ).Is(400, "INVALID_REQUEST");
        Assert.Equal(["userData.idNumber", "userData.dob"], reply.Fields);
        Assert.Equal("pending", await StatusAsync(partner, link));
        (await partner.PutAsync($"/partner/data-requests/{RequestOf(link)}", new { referenceId = link.Reference })).Is(
            400,
            "INVALID_REQUEST"
        );
    }

    [Theory]
    [InlineData(
        """{"firstName":"Ana","date_of_birth":"1990-05-14"}""",
        "userData",
        "userData.firstName",
        "userData.date_of_birth"
    )]
    [InlineData("""{"name":{"first_name":"Ana"}}""", "userData", "userData.name.first_name")]
    [InlineData("""{"name":{},"dob":null}""", "userData")]
    [InlineData("{}", "userData")]
    public async Task An_answer_without_one_known_field_is_refused_with_the_fields_that_were_asked_for(
        string userData,
        params string[] wrong
    )
    {
        var (partner, inbox, link) = await OpenedAsync(Samples.LeastUserData());
        var reply = (await AnswerAsync(partner, link, (JsonObject)JsonNode.Parse(userData)!)).Is(
            400,
            "INVALID_REQUEST"
        );
        Assert.Equal(wrong, reply.Fields);
        Assert.Contains(
            "asked for: name.secondName, name.secondLastName, idNumber, idType, dob",
            reply.Text,
            StringComparison.Ordinal
        );
        Assert.Equal(
            userData.Contains("first", StringComparison.Ordinal),
            reply.Text.Contains("userData.name.firstName is one", StringComparison.Ordinal)
        );
        Assert.DoesNotContain("Ana", reply.Text, StringComparison.Ordinal);

        Assert.Equal("pending", await StatusAsync(partner, link));
        var right = (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        Assert.Empty(right.Data["openFields"]!.AsArray());
        await app.IdleAsync();
        Assert.Single(inbox.Events, "user.data_request.fulfilled");
    }

    [Fact]
    public async Task An_answer_that_leaves_fields_open_can_be_completed_until_the_deadline_and_repeated_as_it_was()
    {
        var (partner, inbox, link) = await OpenedAsync();
        var picture = "data:image/jpeg;base64," + Convert.ToBase64String([0xFF, 0xD8, 0xFF, .. new byte[100]]);
        (await AnswerAsync(partner, link, new JsonObject { ["idImage"] = picture })).Is(200);
        var birth = new JsonObject { ["dob"] = "1990-05-14" };
        var first = (await AnswerAsync(partner, link, birth)).Is(200);
        Assert.Equal(
            ["name.firstName", "name.secondName", "name.lastName", "name.secondLastName", "idNumber", "idType"],
            first.Data["openFields"]!.AsArray().Select(field => (string)field!)
        );
        (await AnswerAsync(partner, link, new JsonObject { ["dob"] = "1991-05-14" })).Is(
            409,
            "DATA_REQUEST_ALREADY_FULFILLED"
        );
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        (await AnswerAsync(partner, link, birth)).Is(200);
        (await AnswerAsync(partner, link, Samples.FullUserData().With("dob", "1991-05-14"))).Is(
            409,
            "DATA_REQUEST_ALREADY_FULFILLED"
        );
        Assert.Equal(
            "data_complete",
            (string)(await partner.GetAsync($"/partner/users/{link.Reference}")).Is(200).Data["status"]!
        );
        await app.IdleAsync();
        Assert.Single(inbox.Events, "user.data_request.fulfilled");
    }

    [Fact]
    public async Task Fields_that_were_left_open_are_not_taken_after_the_deadline_or_a_revocation()
    {
        var (partner, _, link) = await OpenedAsync();
        (await AnswerAsync(partner, link, new JsonObject { ["dob"] = "1990-05-14" })).Is(200);
        var (other, _, revoked) = await OpenedAsync();
        (await AnswerAsync(other, revoked, new JsonObject { ["dob"] = "1990-05-14" })).Is(200);
        (await revoked.RevokeAsync()).Is(200);
        (await AnswerAsync(other, revoked, Samples.FullUserData())).Is(409, "LINK_REVOKED");
        await app.AdvanceAsync(TimeSpan.FromMinutes(61));
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(409, "LINK_EXPIRED");
    }

    [Fact]
    public async Task Unknown_members_are_ignored_and_named_in_an_answer_and_at_a_link_s_creation()
    {
        var (partner, _, link) = await OpenedAsync();
        var answered = (
            await AnswerAsync(
                partner,
                link,
                Samples.FullUserData().With("dateOfBirth", "1990-05-14").With("surname", "Ruiz")
            )
        ).Is(200);
        Assert.Equal(
            ["userData.dateOfBirth", "userData.surname"],
            answered.Data["warnings"]!.AsArray().Select(warning => (string)warning!["field"]!)
        );
        var created = (
            await partner.PostLinkAsync(
                new
                {
                    referenceId = TestPartner.NewReference(),
                    userData = Samples.LeastUserData().With("id_number", Samples.Curp),
                }
            )
        ).Is(201);
        Assert.Contains(
            "userData.idNumber is one",
            (string)Assert.Single(created.Data["warnings"]!.AsArray())!["message"]!,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_answer_inside_the_webhooks_own_response_counts_as_if_it_had_been_PUT()
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (webhook, http) =>
            webhook.Event == "user.data_request"
                ? http.Response.WriteAsJsonAsync(new { userData = Samples.FullUserData() })
                : Task.CompletedTask;
        var partner = await app.NewPartnerAsync(inbox, AllEvents);
        var link = await partner.CreateLinkAsync();
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Equal("fulfilled", await StatusAsync(partner, link));
        Assert.Equal("Carlos", (string)(await link.GetAsync()).Data["userData"]!["name"]!["firstName"]!);
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
    }

    [Theory]
    [InlineData("""{"received":true}""")]
    [InlineData("not json at all")]
    [InlineData("""{"userData":{"dob":"tomorrow"}}""")]
    [InlineData("""{"userData":"none"}""")]
    [InlineData("""{"referenceId":"somebody-else","userData":{"dob":"1990-05-14"}}""")]
    public async Task A_response_that_is_no_valid_answer_means_received_and_leaves_the_request_open(string body)
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = (_, http) => http.Response.WriteAsync(body);
        var partner = await app.NewPartnerAsync(inbox, AllEvents);
        var link = await partner.CreateLinkAsync();
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        Assert.Equal("pending", await StatusAsync(partner, link));
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
    }

    [Theory]
    [InlineData("utf-8 with a byte order mark", "application/json", null)]
    [InlineData("utf-16 with a byte order mark", "application/json", null)]
    [InlineData("utf-16", "application/json; charset=utf-16", null)]
    [InlineData("utf-16BE", "application/json", null)]
    [InlineData("iso-8859-1", "application/json; charset=\"ISO-8859-1\"", null)]
    [InlineData("utf-8", "text/html", "gzip")]
    [InlineData("utf-8", "application/json; charset=utf-8", "deflate")]
    [InlineData("utf-8", "application/json", "br")]
    public async Task An_answer_in_the_response_is_read_as_HTTP_says_it_was_written(
        string encoding,
        string type,
        string? coding
    )
    {
        var picture = "data:image/jpeg;base64," + Convert.ToBase64String([0xFF, 0xD8, 0xFF, .. new byte[20 * 1024]]);
        var bytes = Coded(
            Encoded(
                new JsonObject { ["userData"] = Samples.FullUserData().With("idImage", picture) }.ToJsonString(
                    Unescaped
                ),
                encoding
            ),
            coding
        );
        var (partner, link, note) = await RespondedAsync(bytes, type, coding);
        Assert.Equal("The answer's userData was merged.", note);
        Assert.Equal("fulfilled", await StatusAsync(partner, link));
        Assert.Equal("Gómez", (string)(await link.GetAsync()).Data["userData"]!["name"]!["lastName"]!);
    }

    [Theory]
    [InlineData(
        "<br />\n<b>Warning</b>: Undefined variable $x in hook.php on line 3<br />\n{\"userData\":{\"dob\":\"1990-05-14\"}}",
        null,
        "is not valid JSON (line 1, byte"
    )]
    [InlineData(
        "{\"userData\":{\"firstName\":\"Ana\"}}",
        null,
        "userData.firstName is no field; userData.name.firstName is one"
    )]
    [InlineData("{\"userData\":{\"dob\":\"tomorrow\"}}", null, "userData.dob must be a calendar date")]
    [InlineData("{\"data\":{\"userData\":{\"dob\":\"1990-05-14\"}}}", null, "has no member userData")]
    [InlineData("{\"dob\":\"1990-05-14\"}", null, "has no member userData")]
    [InlineData("{\"user_data\":{\"dob\":\"1990-05-14\"}}", null, "has no member userData")]
    [InlineData("[{\"userData\":{\"dob\":\"1990-05-14\"}}]", null, "must be a JSON object")]
    [InlineData("{\"userData\":{\"dob\":\"1990-05-14\"}}", "gzip", "is not what its Content-Encoding says")]
    [InlineData("{\"userData\":{\"dob\":\"1990-05-14\"}}", "zstd", "has a Content-Encoding that is not")]
    [InlineData("{\"userData\":{\"dob\":\"1990-05-14\"}}", "br, br, br, br, br", "has more than 4 codings")]
    public async Task What_was_meant_as_an_answer_and_cannot_be_taken_leaves_a_note_on_the_delivery_and_on_the_data_request(
        string body,
        string? coding,
        string why
    )
    {
        var (partner, link, note) = await RespondedAsync(
            System.Text.Encoding.UTF8.GetBytes(body),
            "application/json",
            coding
        );
        Assert.Contains(why, note, StringComparison.Ordinal);
        Assert.DoesNotContain("1990", note, StringComparison.Ordinal);
        var request = (await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200).Data;
        Assert.Equal(("pending", note), ((string)request["status"]!, (string)request["answerNote"]!));
        (await AnswerAsync(partner, link, Samples.FullUserData())).Is(200);
        Assert.Null((await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200).Data["answerNote"]);
    }

    [Theory]
    [InlineData("utf-7")]
    [InlineData("utf-99")]
    [InlineData("\"\"")]
    public async Task An_answer_whose_charset_cannot_be_used_is_read_as_UTF_8(string charset)
    {
        var (partner, link, note) = await RespondedAsync(
            System.Text.Encoding.UTF8.GetBytes("{\"userData\":{\"dob\":\"1990-05-14\"}}"),
            $"application/json; charset={charset}",
            null
        );
        Assert.Equal("The answer's userData was merged.", note);
        Assert.Equal("fulfilled", await StatusAsync(partner, link));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData(" \r\n", null)]
    [InlineData("{\"received\":true}", null)]
    [InlineData("", "gzip")]
    public async Task A_response_that_only_confirms_leaves_no_note(string body, string? coding)
    {
        var (partner, link, note) = await RespondedAsync(
            System.Text.Encoding.UTF8.GetBytes(body),
            "text/plain",
            coding
        );
        Assert.Null(note);
        Assert.Null((await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200).Data["answerNote"]);
    }

    [Fact]
    public async Task An_answer_in_the_response_may_be_as_large_as_one_by_PUT_and_no_larger_also_when_it_is_unpacked()
    {
        var bomb = Coded(
            System.Text.Encoding.UTF8.GetBytes("{\"userData\":" + new string(' ', AnswerDataRequest.MaxBody) + "{}}"),
            "gzip"
        );
        Assert.InRange(bomb.Length, 1, 128 * 1024);
        var (partner, link, note) = await RespondedAsync(bomb, "application/json", "gzip");
        Assert.Contains($"has more than {AnswerDataRequest.MaxBody} bytes", note, StringComparison.Ordinal);
        Assert.Equal("pending", await StatusAsync(partner, link));
    }

    [Fact]
    public async Task A_flow_that_starts_after_its_step_was_reached_does_not_wait_for_the_wake_up_that_it_missed()
    {
        var (_, _, link) = await OpenedAsync();
        await InWidgetAsync(HttpMethod.Post, link, "step", new { step = "cip" });
        await app.IdleAsync();

        // Another instance for the same request: the event that told of the step was raised before it existed.
        var late = await app.Durable.ScheduleNewOrchestrationInstanceAsync(
            DataRequestFlow.Name,
            new DataRequestTimer(RequestOf(link), link.ExpiresAt, TimeSpan.FromSeconds(10)),
            TestContext.Current.CancellationToken
        );
        await app.AdvanceAsync(TimeSpan.FromSeconds(11));
        var flow = await app.Durable.GetInstanceAsync(
            late,
            getInputsAndOutputs: true,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(OrchestrationRuntimeStatus.Completed, flow!.RuntimeStatus);
        Assert.Equal(DataRequestEnding.FellBackToWidget, flow.ReadOutputAs<DataRequestEnding>());
    }

    [Fact]
    public async Task Fifty_answers_at_once_fulfil_once()
    {
        var (partner, inbox, link) = await OpenedAsync();
        var replies = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(i => AnswerAsync(partner, link, new JsonObject { ["dob"] = $"1990-05-{(i % 2) + 10}" }))
        );
        Assert.Equal(25, replies.Count(reply => reply.Status == 200));
        Assert.All(
            replies.Where(reply => reply.Status != 200),
            reply => reply.Is(409, "DATA_REQUEST_ALREADY_FULFILLED")
        );
        await app.IdleAsync();
        Assert.Single(inbox.Events, "user.data_request.fulfilled");
    }

    private async Task InWidgetAsync(HttpMethod method, TestLink link, string route, object body)
    {
        var session = (string)(await link.OpenAsync()).Is(200).Data["session"]!;
        var reply = await app.SendAsync(
            method,
            $"/widget/links/{link.Id}/{route}",
            body,
            ("Authorization", $"Bearer {session}")
        );
        Assert.InRange(reply.Status, 200, 299);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Unescaped = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static byte[] Encoded(string text, string encoding)
    {
        var writer = System.Text.Encoding.GetEncoding(encoding.Split(' ')[0]);
        return encoding.Contains(' ', StringComparison.Ordinal)
            ? [.. writer.GetPreamble(), .. writer.GetBytes(text)]
            : writer.GetBytes(text);
    }

    private static byte[] Coded(byte[] bytes, string? coding)
    {
        using var written = new MemoryStream();
        using (
            Stream packing = coding switch
            {
                "gzip" => new GZipStream(written, CompressionLevel.Fastest, leaveOpen: true),
                "deflate" => new ZLibStream(written, CompressionLevel.Fastest, leaveOpen: true),
                "br" => new BrotliStream(written, CompressionLevel.Fastest, leaveOpen: true),
                _ => new BufferedStream(written),
            }
        )
        {
            packing.Write(bytes);
            packing.Flush();
            return coding is null ? written.ToArray() : Finished(packing, written);
        }
    }

    private static byte[] Finished(Stream packing, MemoryStream written)
    {
        packing.Dispose();
        return written.ToArray();
    }

    /// <summary>
    /// A link was opened, and the receiver responded so to the data request; with the note that was left on the
    /// delivery.
    /// </summary>
    private async Task<(TestPartner Partner, TestLink Link, string? Note)> RespondedAsync(
        byte[] body,
        string type,
        string? coding
    )
    {
        var inbox = await app.NewInboxAsync();
        inbox.Answer = async (_, http) =>
        {
            http.Response.ContentType = type;
            if (coding is not null)
                http.Response.Headers.ContentEncoding = coding;
            await http.Response.Body.WriteAsync(body);
        };
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"]);
        var link = await partner.CreateLinkAsync();
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        var delivery = Assert.Single(
            (await partner.GetAsync("/partner/webhooks/deliveries")).Is(200).Data["items"]!.AsArray()
        )!;
        Assert.Equal("delivered", (string)delivery["status"]!);
        return (partner, link, (string?)delivery["note"]);
    }

    private static string RequestOf(TestLink link) => "dr_" + link.Id["link_".Length..];

    private static Task<Reply> AnswerAsync(TestPartner partner, TestLink link, JsonObject userData) =>
        partner.PutAsync($"/partner/data-requests/{RequestOf(link)}", new { referenceId = link.Reference, userData });

    private static async Task<string> StatusAsync(TestPartner partner, TestLink link) =>
        (string)(await partner.GetAsync($"/partner/data-requests/{RequestOf(link)}")).Is(200).Data["status"]!;

    private async Task<string> EndingAsync(TestLink link)
    {
        var flow = await app.Durable.GetInstanceAsync(
            RequestOf(link),
            getInputsAndOutputs: true,
            TestContext.Current.CancellationToken
        );
        Assert.Equal(OrchestrationRuntimeStatus.Completed, flow!.RuntimeStatus);
        return flow.ReadOutputAs<DataRequestEnding>().ToString();
    }

    private async Task<(TestPartner Partner, Inbox Inbox, TestLink Link)> OpenedAsync(
        JsonObject? userData = null,
        string dataRequests = "on_create"
    )
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, AllEvents, new { dataRequests });
        var link = await partner.CreateLinkAsync(userData: userData);
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        return (partner, inbox, link);
    }
}
