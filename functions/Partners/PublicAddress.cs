using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Partners;

/// <summary>
/// The address that the outside world knows this app by: <see cref="PartnersOptions.PublicBaseUrl"/>, which production
/// must have. Without it the request's own host, in whose place the worker puts the one that the Functions host was
/// asked for.
/// </summary>
internal sealed class PublicAddress(IOptions<PartnersOptions> options)
{
    private readonly string? _configured = options.Value.PublicBaseUrl?.TrimEnd('/');

    public string Of(HttpRequest request) => _configured ?? $"{request.Scheme}://{request.Host}";
}
