using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Partners;

/// <summary>
/// The address that the outside world knows this app by: setting <c>PublicBaseUrl</c>, which production must have.
/// Without it the request's own host, in whose place the worker puts the one that the Functions host was asked for.
/// </summary>
internal sealed class PublicAddress
{
    private const string Setting = "PublicBaseUrl";

    private readonly string? _configured;

    /// <exception cref="InvalidOperationException">The setting is missing in production, or is no address.</exception>
    public PublicAddress(IConfiguration configuration, PartnerEnvironment environment)
    {
        _configured = configuration["PublicBaseUrl"]?.TrimEnd('/') is { Length: > 0 } url ? url : null;
        if (_configured is null && environment == PartnerEnvironment.Production)
        {
            throw new InvalidOperationException(
                $"Setting '{Setting}' is missing: links in production need an address of yours, for example "
                    + "https://links.example.com. Without it they would lead wherever the Host header of a request says."
            );
        }
        if (_configured is not null && !IsAddress(_configured))
        {
            throw new InvalidOperationException(
                $"Setting '{Setting}' must be an address such as https://links.example.com, without query."
            );
        }
    }

    public string Of(HttpRequest request) => _configured ?? $"{request.Scheme}://{request.Host}";

    private static bool IsAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url is { Query: "", Fragment: "", UserInfo: "" };
}
