using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Http;

/// <summary>The IP address of the caller.</summary>
/// <remarks>
/// The worker sees as remote address the peer of the Functions host. In local runs that is the caller; in Azure it is
/// the platform's front end, which passes the caller's address in a header. That header is trusted in Azure only,
/// because elsewhere a caller could set it.
/// </remarks>
internal sealed class ClientAddress(IOptions<HttpOptions> options)
{
    private const string FrontEndHeader = "X-Client-IP";

    private readonly bool _isBehindFrontEnd = options.Value.NameInAzure is not null;

    /// <summary>The address; null if it is unknown.</summary>
    public IPAddress? Of(HttpContext http)
    {
        var address = (_isBehindFrontEnd ? ReadFrontEnd(http.Request) : null) ?? http.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }

    /// <summary>Reads one address with an optional port; null for anything else.</summary>
    private static IPAddress? ReadFrontEnd(HttpRequest request)
    {
        var text = request.HeaderText(FrontEndHeader) ?? "";
        if (IPAddress.TryParse(text, out var address))
            return address;
        return IPEndPoint.TryParse(text, out var withPort) ? withPort.Address : null;
    }
}
