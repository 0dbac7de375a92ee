using System.Text.Json;
using Azure;
using Azure.Core;

namespace Serverless.Local.Tables;

/// <summary>Reads the service's JSON errors. Its XML errors (authentication, API version) keep an empty code, as in the real client.</summary>
internal sealed class TableErrors : RequestFailedDetailsParser
{
    public static TableErrors Parser { get; } = new();

    public static RequestFailedException From(Response response) => new(response, null, Parser);

    /// <summary>The answer that Azure would give; for what Azurite lets pass.</summary>
    public static RequestFailedException Refused(int status, string code, string message) => new(status, message, code, null);

    /// <summary>The code in an answer's body, or null.</summary>
    public static string? CodeOf(Response response) => Parser.TryParse(response, out var error, out _) ? error?.Code : null;

    public override bool TryParse(Response response, out ResponseError? error, out IDictionary<string, string>? data)
    {
        error = null;
        data = null;
        if (response.ContentStream is not { CanSeek: true, Length: > 0 } content)
            return false;
        try
        {
            content.Position = 0;
            using var json = JsonDocument.Parse(content);
            if (!json.RootElement.TryGetProperty("odata.error", out var body))
                return false;
            var code = body.TryGetProperty("code", out var value) ? value.GetString() : null;
            var message = body.TryGetProperty("message", out var text) && text.TryGetProperty("value", out var inner) ? inner.GetString() : null;
            error = new ResponseError(code, message);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
        finally
        {
            content.Position = 0;
        }
    }
}
