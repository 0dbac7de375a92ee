using System.Text;
using System.Text.Json.Nodes;
using Azure;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>One envelope for everything under <c>/eapi</c>.</summary>
public sealed class IdentityEnvelopeTests(TestApp app) : IClassFixture<TestApp>
{
    [Fact]
    public async Task A_trace_id_is_a_UUID_and_the_request_id()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        const string Mine = "6d0f0b1e-6a34-4f0e-9d2b-2f6f7a1c9b55";
        foreach (
            var (sent, kept) in new[]
            {
                (Mine, true),
                (Mine.Replace("-", "", StringComparison.Ordinal), false),
                ("abc", false),
                ("", false),
            }
        )
        {
            var reply = (await partner.SendAsync(HttpMethod.Get, "/eapi/x", null, headers: ("X-Request-Id", sent))).Is(
                404,
                "NotFound"
            );
            Assert.Equal(kept, reply["X-Request-Id"] == Mine);
            Assert.Equal(reply["X-Request-Id"], (string?)reply.Json["traceId"]);
        }
        var other = await app.GetAsync("/eapi/x");
        Assert.Equal(
            ["message", "status", "code", "errors", "traceId"],
            other.Json.AsObject().Select(member => member.Key)
        );
    }

    [Theory]
    [InlineData("/eapi")]
    [InlineData("/eapi/v0/identities/a/b/c/d")]
    [InlineData("/eapi/v0/identities/%F0%9F%98%80")]
    [InlineData("/eapi/v0/identities/..%2f..%2foperator")]
    [InlineData("/EAPI/V0")]
    public async Task What_is_not_there_is_404_in_the_envelope(string target)
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        var reply = await partner.SendRawAsync("GET", target);
        Assert.Equal(404, reply.Status);
        Reply.CheckIdentityEnvelope(JsonNode.Parse(reply.Body)!, 404, reply["X-Request-Id"]);
        Assert.Contains("\"message\":\"Not Found\"", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_is_500_in_the_envelope_with_nothing_of_its_cause()
    {
        await using var broken = await TestApp.StartAsync();
        broken.ExpectErrors();
        var partner = (await broken.NewPartnerAsync()).Identity;
        var row = new TableEntity($"identity-key|{partner.Key}", "key") { ["Secret"] = "b.c3RvbGVu" };
        await broken
            .Table("Partners")
            .UpdateEntityAsync(row, ETag.All, cancellationToken: TestContext.Current.CancellationToken);
        var reply = await partner.SendRawAsync("GET", "/eapi/x");
        Assert.Equal(500, reply.Status);
        Assert.Equal(
            $$"""{"message":"Something went wrong on our side. Try again, and quote the traceId if it persists.","status":500,"traceId":"{{reply["X-Request-Id"]}}"}""",
            reply.Body
        );
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_400_by_the_host()
    {
        var partner = (await app.NewPartnerAsync()).Identity;
        using var raw = await RawHttp.ConnectAsync(app.Address);
        var reply = await raw.SendAsync(
            Encoding.ASCII.GetBytes(
                $"POST /eapi/x HTTP/1.1\r\nHost: a\r\nAuthorization: {partner.Authorize("POST", "/eapi/x", [])}\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"
            )
        );
        Assert.Equal((400, ""), (reply.Status, reply.Body));
    }

    [Theory]
    [InlineData("{}", 422, null, "email")]
    [InlineData("""{"email":"a","givenName":null}""", 400, 4002, "givenName")]
    [InlineData("""{"email":null,"givenName":5}""", 400, 4002, "email givenName")]
    [InlineData(
        """{"email":"a","givenName":5,"residentialAddress":{"country":null,"state":7}}""",
        400,
        4002,
        "residentialAddress.country givenName residentialAddress.state"
    )]
    [InlineData("""{"email":"a","givenName":5,"residentialAddress":[]}""", 422, null, "givenName residentialAddress")]
    [InlineData("""{"email":"a","unknown":null}""", 0, null, "")]
    [InlineData("", 400, null, "body")]
    [InlineData("{", 400, null, "body")]
    [InlineData("[]", 400, null, "body")]
    [InlineData("null", 400, null, "body")]
    [InlineData("""{"email":"a","email":"b"}""", 400, null, "body")]
    public void Null_is_not_the_same_as_left_out(string body, int status, int? code, string fields)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = "application/json";
        IdentityInput.Keep(http, Encoding.UTF8.GetBytes(body));
        var read = IdentityInput.Read(http.Request);
        read.Input.Text("email", required: true);
        read.Input.Text("givenName");
        if (read.Input.Object("residentialAddress") is { } address)
        {
            address.Text("country");
            address.Text("state");
        }
        var error = read.IdentityError();
        Assert.Equal((status, code), (error?.Status ?? 0, (int?)error?.Code));
        Assert.Equal(
            fields.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            error?.Errors.Select(wrong => wrong.Field) ?? []
        );
        if (status > 0)
            Assert.Equal(fields == "body" ? "Bad Request" : "The given data was invalid.", error!.Message);
    }

    [Fact]
    public void Null_stays_the_same_as_left_out_for_the_M2M_API()
    {
        var read = JsonInput.Parse("""{"a":null}"""u8.ToArray());
        Assert.Null(read.Input.Text("a"));
        Assert.Null(read.Error);
        Assert.Empty(read.Input.Nulls);
    }
}
