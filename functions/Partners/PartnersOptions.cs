using Serverless.Functions.Settings;

namespace Serverless.Functions.Partners;

/// <summary>The environment of partners, and the app's public address.</summary>
internal sealed class PartnersOptions
{
    /// <summary>One of <see cref="PartnerEnvironment"/>.</summary>
    [Setting("Partners:Environment")]
    public string Environment { get; init; } = "";

    /// <summary>The app's public address; null: use the host of each request.</summary>
    [Setting("PublicBaseUrl")]
    public string? PublicBaseUrl { get; init; }

    public bool IsProduction => Environment == PartnerEnvironment.Production.Name;

    public bool HasUsableAddress =>
        PublicBaseUrl is null
        || (
            Uri.TryCreate(PublicBaseUrl, UriKind.Absolute, out var url)
            && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
            && url is { Query: "", Fragment: "", UserInfo: "" }
        );
}

/// <summary>The demo partner, created at the first start.</summary>
internal sealed class DemoOptions
{
    [Setting("Demo:Seed")]
    public bool Seed { get; init; }

    [Setting("Demo:WebhookUrl")]
    public string? WebhookUrl { get; init; }

    /// <summary>The local port of the app, for the printed <c>curl</c>.</summary>
    [Setting("port")]
    public int Port { get; init; } = 7071;
}
