using Serverless.Functions.Settings;

namespace Serverless.Functions.Partners;

/// <summary>Whom the app serves, and under which address.</summary>
internal sealed class PartnersOptions
{
    /// <summary>One of <see cref="PartnerEnvironment"/>.</summary>
    [Setting("Partners:Environment")]
    public string Environment { get; init; } = "";

    /// <summary>The address that the outside world knows the app by; null: the one of each request.</summary>
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

/// <summary>The partner that is there from the first start on, to try the app.</summary>
internal sealed class DemoOptions
{
    [Setting("Demo:Seed")]
    public bool Seed { get; init; }

    [Setting("Demo:WebhookUrl")]
    public string? WebhookUrl { get; init; }

    /// <summary>Where the app listens on this machine, for the address in what is printed.</summary>
    [Setting("port")]
    public int Port { get; init; } = 7071;
}
