using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Serverless.Local.Hosting;

/// <summary>Reads the JSON body for a parameter with <see cref="FromBodyAttribute"/>, with MVC's options as the real package does.</summary>
internal sealed class RequestBody
{
    private RequestBody()
    {
    }

    /// <exception cref="InvalidOperationException">The body is empty or no JSON of <paramref name="type"/>.</exception>
    public static async ValueTask<object?> ReadAsync(LocalFunctionContext context, Type type)
    {
        var request = (HttpRequest)context.TriggerValue!;
        if (!request.HasJsonContentType())
            throw new InvalidOperationException($"The request body cannot be bound to '{type}': its content type is '{request.ContentType}', not JSON.");
        var options = context.InstanceServices.GetRequiredService<IOptions<JsonOptions>>().Value.JsonSerializerOptions;
        try
        {
            return await JsonSerializer.DeserializeAsync(request.Body, type, options, request.HttpContext.RequestAborted)
                ?? throw new InvalidOperationException($"The request body cannot be bound to '{type}': a non-empty request body is required.");
        }
        catch (JsonException ex)
        {
            throw new InvalidOperationException($"The request body cannot be bound to '{type}': {ex.Message}", ex);
        }
    }
}
