using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests;

/// <summary>
/// An answer of the app. Reading one checks what every answer has: a request id, and around JSON the contract's
/// envelope.
/// </summary>
public sealed class Reply
{
    private readonly HttpResponseMessage _response;

    private Reply(HttpResponseMessage response, byte[] bytes, string text) =>
        (_response, Bytes, Text) = (response, bytes, text);

    public int Status => (int)_response.StatusCode;

    /// <summary>The body as it came.</summary>
    public byte[] Bytes { get; }

    public string Text { get; }

    public JsonNode Json => JsonNode.Parse(Text)!;

    /// <summary>The member <c>data</c> of a success.</summary>
    public JsonNode Data => Json["data"] ?? throw new InvalidOperationException($"{Status} {Text}");

    /// <summary>The error's code; null for a success. Under <c>/eapi</c> it may be a number.</summary>
    public string? Code => (Json["error"]?["code"] ?? Json["code"])?.ToString();

    /// <summary>The fields of <c>error.details</c>, in their order.</summary>
    public string[] Fields => [.. Details.Select(detail => detail.Field)];

    public (string Field, string Message)[] Details =>
        Json["errors"] is JsonObject errors
            ? [.. errors.SelectMany(wrong => wrong.Value!.AsArray().Select(message => (wrong.Key, (string)message!)))]
            :
            [
                .. (Json["error"]?["details"]?.AsArray() ?? []).Select(detail =>
                    ((string)detail!["field"]!, (string)detail["message"]!)
                ),
            ];

    public string? MediaType => _response.Content.Headers.ContentType?.MediaType;

    /// <summary>A header of the answer; null when it is missing.</summary>
    public string? this[string header] =>
        _response.Headers.TryGetValues(header, out var values)
        || _response.Content.Headers.TryGetValues(header, out values)
            ? string.Join(", ", values)
            : null;

    public int Number(string header) => int.Parse(this[header]!, System.Globalization.CultureInfo.InvariantCulture);

    public static async Task<Reply> ReadAsync(HttpResponseMessage response)
    {
        var reply = new Reply(
            response,
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)
        );
        Assert.False(string.IsNullOrEmpty(reply["X-Request-Id"]), $"{reply.Status} has no X-Request-Id: {reply.Text}");
        if (response.RequestMessage!.Method == HttpMethod.Head)
        {
            Assert.Empty(reply.Text);
        }
        else if (reply.MediaType == "application/json")
        {
            var path = Uri.UnescapeDataString(response.RequestMessage.RequestUri!.AbsolutePath).TrimEnd('/');
            if (
                !path.StartsWith("/eapi", StringComparison.OrdinalIgnoreCase)
                && !path.EndsWith("/v2/kyc/sessions", StringComparison.OrdinalIgnoreCase)
            )
                CheckEnvelope(reply.Json, reply.Status);
            else if (reply.Status >= 400)
                CheckIdentityEnvelope(reply.Json, reply.Status, reply["X-Request-Id"]);
        }
        return reply;
    }

    /// <summary>Checks the envelope of an answer to partners with an API key.</summary>
    public static void CheckEnvelope(JsonNode json, int status)
    {
        var members = json.AsObject().Select(member => member.Key);
        if (status < 400)
        {
            Assert.Equal(["success", "data"], members);
            Assert.True((bool)json["success"]!);
            return;
        }
        Assert.Equal(["success", "error"], members);
        Assert.False((bool)json["success"]!);
        var error = json["error"]!.AsObject();
        Assert.Matches("^[A-Z_]+$", (string)error["code"]!);
        Assert.NotEmpty((string)error["message"]!);
        Assert.Subset(
            new HashSet<string> { "code", "message", "details", "link" },
            error.Select(member => member.Key).ToHashSet()
        );
        foreach (var detail in error["details"]?.AsArray() ?? [])
        {
            Assert.NotEmpty((string)detail!["field"]!);
            Assert.NotEmpty((string)detail["message"]!);
        }
    }

    /// <summary>Checks the envelope of an answer under <c>/eapi</c>.</summary>
    public static void CheckIdentityEnvelope(JsonNode json, int status, string? requestId)
    {
        var error = json.AsObject();
        Assert.Subset(
            new HashSet<string> { "message", "status", "code", "window", "errors", "traceId" },
            error.Select(member => member.Key).ToHashSet()
        );
        Assert.NotEmpty((string)error["message"]!);
        Assert.Equal(status, (int)error["status"]!);
        Assert.Equal(requestId, (string)error["traceId"]!);
        Assert.True(Guid.TryParseExact(requestId, "D", out _), requestId);
        foreach (var (field, messages) in error["errors"]?.AsObject() ?? [])
        {
            Assert.NotEmpty(field);
            Assert.NotEmpty(messages!.AsArray());
        }
    }

    /// <summary>Checks the status and, of an error, the code; gives itself back.</summary>
    public Reply Is(int status, string? code = null)
    {
        Assert.True(Status == status, $"{Status} instead of {status}: {Text}");
        if (code is not null)
            Assert.Equal(code, Code);
        return this;
    }

    public override string ToString() => $"{Status} {Text}";
}
