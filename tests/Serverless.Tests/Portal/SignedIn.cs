namespace Serverless.Tests.Portal;

/// <summary>A partner's browser that is signed in: what it sends, and nothing that a page cannot send.</summary>
internal sealed record SignedIn(TestApp App, string Cookie, string CsrfToken)
{
    /// <summary>Exchanges the partner's key for a session.</summary>
    public static async Task<SignedIn> AsAsync(TestApp app, string key)
    {
        var reply = (await app.PostAsync("/portal/session", null, ("X-API-Key", key))).Is(201);
        return new SignedIn(app, reply["Set-Cookie"]!.Split(';')[0], (string)reply.Data["csrfToken"]!);
    }

    /// <summary>As the page sends it.</summary>
    public Task<Reply> SendAsync(
        HttpMethod method,
        string path,
        object? body = null,
        params (string Name, string Value)[] headers
    ) => BareAsync(method, path, body, [("X-CSRF-Token", CsrfToken), .. headers]);

    /// <summary>With the cookie alone, as another site's page could make a browser send it.</summary>
    public Task<Reply> BareAsync(
        HttpMethod method,
        string path,
        object? body = null,
        params (string Name, string Value)[] headers
    ) => App.SendAsync(method, path, body, [("Cookie", Cookie), .. headers]);

    public Task<Reply> GetAsync(string path) => BareAsync(HttpMethod.Get, path);
}
