using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Serverless.Local.Hosting;

/// <summary>
/// <c>POST /local/portal</c>: leads to the app's portal, signed in as the demo partner, so that nobody has to keep its
/// key. What it needs it asks the app for, as an operator and a browser would.
/// </summary>
/// <param name="address">Of the app.</param>
/// <param name="functionKey">Of the app, where it has one.</param>
/// <param name="folder">Where the host keeps its data, and this the key.</param>
internal sealed class PortalDoor(Func<Uri> address, string? functionKey, Func<string> folder) : IDisposable
{
    private const string Partner = "demo";
    private const string KeyFile = "portal-key";
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>A key of the demo partner, issued when it is first needed, and kept with the other data of this host.
    /// </summary>
    private string? _key;

    public async Task<IResult> OpenAsync(HttpResponse response, CancellationToken ct)
    {
        var app = address();
        await _one.WaitAsync(ct);
        try
        {
            // A key that has been revoked meanwhile is replaced, once.
            for (var tries = 0; tries < 2; tries++)
            {
                _key ??= await KeptKeyAsync(ct) ?? await IssueKeyAsync(app, ct);
                if (_key is null)
                    break;
                using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app, "/portal/session"));
                request.Headers.Add("X-API-Key", _key);
                using var answer = await _http.SendAsync(request, ct);
                if (answer.IsSuccessStatusCode && answer.Headers.TryGetValues("Set-Cookie", out var cookies))
                {
                    response.Headers.Append("Set-Cookie", cookies.ToArray());
                    response.Headers.Location = "/portal";
                    return Results.StatusCode(StatusCodes.Status303SeeOther);
                }
                _key = null;
                File.Delete(PathOfKey);
            }
        }
        finally
        {
            _one.Release();
        }
        return Results.Content(
            new HtmlPage("Portal")
                .Add(
                    "<header><h1>Portal</h1><nav><a href=\"/local\">Status</a><a href=\"/portal\">Sign in with a "
                        + "key</a></nav></header>"
                )
                .Add(
                    "<p>There is no partner <code>demo</code> that can be signed in: start with "
                        + "<code>Demo__Seed=true</code>, or sign in with an API key.</p>"
                )
                .ToString(),
            "text/html; charset=utf-8",
            statusCode: StatusCodes.Status404NotFound
        );
    }

    public void Dispose()
    {
        _http.Dispose();
        _one.Dispose();
    }

    private string PathOfKey => Path.Combine(folder(), KeyFile);

    private async Task<string?> KeptKeyAsync(CancellationToken ct) =>
        File.Exists(PathOfKey) ? await File.ReadAllTextAsync(PathOfKey, ct) : null;

    private async Task KeepAsync(string key, CancellationToken ct)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var file = new StreamWriter(PathOfKey, options);
        await file.WriteAsync(key.AsMemory(), ct);
    }

    private async Task<string?> IssueKeyAsync(Uri app, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app, $"/operator/partners/{Partner}/keys"));
        request.Content = JsonContent.Create(new { name = "local page" });
        if (!string.IsNullOrEmpty(functionKey))
            request.Headers.Add("x-functions-key", functionKey);
        using var answer = await _http.SendAsync(request, ct);
        if (!answer.IsSuccessStatusCode)
            return null;
        var key = (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>(ct))?["data"]?["apiKey"];
        if (key is not null)
            await KeepAsync(key, ct);
        return key;
    }
}
