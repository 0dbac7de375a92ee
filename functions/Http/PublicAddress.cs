using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;

namespace Serverless.Functions.Http;

/// <summary>The address that the outside world knows this app by: setting <c>PublicBaseUrl</c>, which every deployment sets; without it (local runs) the request's own host.</summary>
internal sealed class PublicAddress(IConfiguration configuration)
{
    private readonly string? _configured = configuration["PublicBaseUrl"]?.TrimEnd('/') is { Length: > 0 } url ? url : null;

    public string Of(HttpRequest request) => _configured ?? $"{request.Scheme}://{request.Host}";
}
