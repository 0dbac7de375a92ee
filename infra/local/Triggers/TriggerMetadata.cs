using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Triggers;

/// <summary>
/// What a function's other parameters are bound from by name, in Azure's host as here: the members of a JSON body, the
/// query and the route, later ones winning. A caller can set any name, so no parameter of a function may be called what
/// a caller could use.
/// </summary>
internal static class TriggerMetadata
{
    public static async Task<IReadOnlyDictionary<string, TypedData>> OfAsync(
        HttpRequest request,
        RouteValueDictionary route
    )
    {
        var metadata = new Dictionary<string, TypedData>(StringComparer.OrdinalIgnoreCase);
        // A body that was not buffered is none.
        if (request.Body.CanSeek && request.HasJsonContentType())
            await AddBodyAsync(metadata, request).ConfigureAwait(false);
        foreach (var (name, values) in request.Query)
            metadata[name] = new TypedData { String = values.ToString() };
        foreach (var (name, value) in route)
            metadata[name] = new TypedData { String = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "" };
        return metadata;
    }

    private static async Task AddBodyAsync(Dictionary<string, TypedData> metadata, HttpRequest request)
    {
        try
        {
            using var body = await JsonDocument
                .ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted)
                .ConfigureAwait(false);
            if (body.RootElement.ValueKind != JsonValueKind.Object)
                return;
            foreach (var member in body.RootElement.EnumerateObject())
                metadata[member.Name] = member.Value.ValueKind switch
                {
                    JsonValueKind.String => new TypedData { String = member.Value.GetString() },
                    JsonValueKind.Null => new TypedData(),
                    _ => new TypedData { Json = member.Value.GetRawText() },
                };
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            // The function says what is wrong with its body; here it only means that nothing can be bound from it.
        }
        finally
        {
            request.Body.Position = 0;
        }
    }
}
