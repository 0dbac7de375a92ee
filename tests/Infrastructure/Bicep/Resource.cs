using System.Text.Json;

namespace Serverless.Infrastructure.Bicep;

/// <summary>A resource as it would be deployed, or another object of JSON. What only Azure can tell stands as an
/// expression: <c>[…]</c>.</summary>
internal sealed record Resource(JsonElement Json)
{
    public string Type => Text("type");

    public string Name => Text("name");

    public string Id => Text("id");

    public static Resource Parse(string json) => new(JsonElement.Parse(json));

    /// <summary>
    /// What stands at a path such as <c>properties.siteConfig.minTlsVersion</c> (with slashes where names have dots);
    /// null where nothing does.
    /// </summary>
    public JsonElement? At(string path)
    {
        var at = Json;
        foreach (var step in path.Split(path.Has("/") ? '/' : '.'))
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(step, out at))
                return null;
        }
        return at;
    }

    /// <summary>The same as text: of a string its value, of all else its JSON; empty where nothing stands.</summary>
    public string Text(string path) => At(path)?.ToString() ?? "";

    public IEnumerable<Resource> List(string path) =>
        At(path)?.EnumerateArray().Select(json => new Resource(json)) ?? [];

    public IEnumerable<string> Texts(string path) => List(path).Select(item => item.Json.ToString());

    public Dictionary<string, string> Members(string path) =>
        At(path)?.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString()) ?? [];
}

/// <summary>All that a parameter file would deploy, with its outputs.</summary>
/// <param name="Name">Of the parameter file, without its ending.</param>
/// <param name="Resources">What would be there.</param>
/// <param name="Outputs">What the deployment would answer.</param>
/// <param name="Snapshot">All of it, as the compiler wrote it.</param>
internal sealed record Deployment(string Name, IReadOnlyList<Resource> Resources, JsonElement Outputs, string Snapshot)
{
    public IEnumerable<Resource> Of(string type) => Resources.Where(resource => resource.Type == type);

    /// <summary>The two apps by their names in the code: api and delivery.</summary>
    public IEnumerable<(string App, Resource Site)> Apps =>
        Of("Microsoft.Web/sites").Select(site => (site.Name.Split('-')[1], site));

    /// <summary>The settings of an app.</summary>
    public Dictionary<string, string> SettingsOf(Resource site) =>
        Of("Microsoft.Web/sites/config")
            .Single(config => config.Name == site.Name + "/appsettings")
            .Members("properties");
}
