using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Http;

/// <summary>Where a call comes from.</summary>
/// <remarks>
/// The worker takes the address of the host's peer for the connection's. On a machine of one's own that is the
/// caller; in Azure it is the platform's front end, which says in a header of its own whom it speaks for. That header
/// is looked at in Azure only: anywhere else a caller could write it.
/// </remarks>
internal sealed class ClientAddress(IOptions<HttpOptions> options)
{
    private const string FrontEndHeader = "X-Client-IP";

    private readonly bool _isBehindFrontEnd = options.Value.NameInAzure is not null;

    /// <summary>The address; null where nobody knows.</summary>
    public IPAddress? Of(HttpContext http)
    {
        var address = (_isBehindFrontEnd ? ReadFrontEnd(http.Request) : null) ?? http.Connection.RemoteIpAddress;
        return address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4() : address;
    }

    /// <summary>One address, perhaps with its port; null for anything else.</summary>
    private static IPAddress? ReadFrontEnd(HttpRequest request)
    {
        var text = request.HeaderText(FrontEndHeader) ?? "";
        if (IPAddress.TryParse(text, out var address))
            return address;
        return IPEndPoint.TryParse(text, out var withPort) ? withPort.Address : null;
    }
}
