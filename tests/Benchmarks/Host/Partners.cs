using System.Net.Http.Json;
using System.Text.Json;

namespace Serverless.Benchmarks;

/// <summary>Partners of an app, created as an operator would.</summary>
internal static class Partners
{
    /// <returns>Their API keys.</returns>
    public static async Task<List<string>> CreateAsync(Uri app, int count, string? webhookUrl, params string[] events)
    {
        using var http = new HttpClient { BaseAddress = app };
        var keys = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var partner = new
            {
                partnerId = $"bench-{i}",
                name = $"bench-{i}",
                webhookUrl,
                webhookEvents = events,
            };
            using var answer = await http.PostAsJsonAsync("/operator/partners", partner);
            answer.EnsureSuccessStatusCode();
            var created = await answer.Content.ReadFromJsonAsync<JsonElement>();
            keys.Add(created.GetProperty("data").GetProperty("apiKey").GetString()!);
        }
        return keys;
    }
}
