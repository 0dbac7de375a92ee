using System.Text.Json.Nodes;

namespace Serverless.Tests.Widget;

/// <summary>A person who has opened a link, and calls the widget's routes with its session.</summary>
internal sealed record Visitor(TestApp App, string LinkId, string Session)
{
    public static async Task<Visitor> OpenAsync(TestApp app, TestLink link) =>
        new(app, link.Id, (string)(await link.OpenAsync()).Is(200).Data["session"]!);

    public Task<Reply> StateAsync() => App.GetAsync($"/widget/links/{LinkId}/state", Bearer);

    public Task<Reply> StepAsync() => PostAsync("step", new { step = "cip" });

    public Task<Reply> PutAsync(JsonObject userData) =>
        App.SendAsync(HttpMethod.Put, $"/widget/links/{LinkId}/data", new { userData }, Bearer);

    public Task<Reply> PostAsync(string route, object body) =>
        App.PostAsync($"/widget/links/{LinkId}/{route}", body, Bearer);

    private (string, string) Bearer => ("Authorization", $"Bearer {Session}");
}
