using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Serverless.Functions.OpenApi;

/// <summary>
/// Requests and answers that were really exchanged, by function and event: the embedded files
/// <c>OpenApi/examples/{name}.json</c>, which a test writes and holds to what the app answers.
/// </summary>
internal sealed class ApiExamples
{
    private const string Prefix = "openapi/examples/";
    private readonly Dictionary<string, JsonArray> _exchanges;

    private ApiExamples(Dictionary<string, JsonArray> exchanges) => _exchanges = exchanges;

    /// <summary>All of them.</summary>
    public static ApiExamples Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return new(
            assembly
                .GetManifestResourceNames()
                .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
                .ToDictionary(
                    name => Path.GetFileNameWithoutExtension(name[Prefix.Length..]),
                    name => JsonNode.Parse(assembly.GetManifestResourceStream(name)!)!.AsArray()
                )
        );
    }

    /// <summary>The bodies that were sent and taken, or that an event was told with.</summary>
    public Dictionary<string, IOpenApiExample>? Requests(string name) =>
        Of(name, exchange => exchange["request"], exchange => exchange["status"]?.GetValue<int>() is null or < 300);

    /// <summary>The bodies that came back with a status.</summary>
    public Dictionary<string, IOpenApiExample>? Answers(string name, int status) =>
        Of(name, exchange => exchange["answer"], exchange => exchange["status"]!.GetValue<int>() == status);

    private Dictionary<string, IOpenApiExample>? Of(
        string name,
        Func<JsonObject, JsonNode?> body,
        Func<JsonObject, bool> fits
    )
    {
        if (!_exchanges.TryGetValue(name, out var exchanges))
            return null;
        var found = exchanges
            .OfType<JsonObject>()
            .Where(exchange => fits(exchange) && body(exchange) is not null)
            .ToDictionary(
                exchange => exchange["name"]!.GetValue<string>(),
                IOpenApiExample (exchange) =>
                    new OpenApiExample
                    {
                        Summary = exchange["summary"]?.GetValue<string>(),
                        Value = body(exchange)!.DeepClone(),
                    }
            );
        return found.Count > 0 ? found : null;
    }
}
