using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Partners;

/// <summary>
/// The app's public address: <see cref="PartnersOptions.PublicBaseUrl"/>, which is required in production. Without it,
/// the request's original host, which the worker restores from the Functions host.
/// </summary>
internal sealed class PublicAddress(IOptions<PartnersOptions> options)
{
    private readonly string? _configured = options.Value.PublicBaseUrl?.TrimEnd('/');

    public string Of(HttpRequest request) => _configured ?? $"{request.Scheme}://{request.Host}";
}
