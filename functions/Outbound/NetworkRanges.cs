using System.Net;
using System.Net.Sockets;

namespace Serverless.Functions.Outbound;

/// <summary>
/// Addresses to which nothing may be sent: one table, each row with its source, based on IANA's registries of
/// special-purpose addresses (RFC 6890). If a registry calls a part of a range reachable (PCP's anycast in
/// 192.0.0.0/24, AS112, the well-known NAT64 prefix), the whole range is still refused, because no partner's server is
/// there.
/// </summary>
internal static class NetworkRanges
{
    private static readonly (string Range, string Source)[] Refused =
    [
        ("0.0.0.0/8", "RFC 791, this network"),
        ("10.0.0.0/8", "RFC 1918, private"),
        ("100.64.0.0/10", "RFC 6598, carrier-grade NAT"),
        ("127.0.0.0/8", "RFC 1122, loopback"),
        ("169.254.0.0/16", "RFC 3927, link-local; holds the cloud's instance metadata"),
        ("172.16.0.0/12", "RFC 1918, private"),
        ("192.0.0.0/24", "RFC 6890, protocol assignments"),
        ("192.0.2.0/24", "RFC 5737, documentation"),
        ("192.31.196.0/24", "RFC 7535, AS112"),
        ("192.52.193.0/24", "RFC 7450, AMT"),
        ("192.88.99.0/24", "RFC 7526, 6to4 relay"),
        ("192.168.0.0/16", "RFC 1918, private"),
        ("192.175.48.0/24", "RFC 7534, AS112"),
        ("198.18.0.0/15", "RFC 2544, benchmarking"),
        ("198.51.100.0/24", "RFC 5737, documentation"),
        ("203.0.113.0/24", "RFC 5737, documentation"),
        ("224.0.0.0/4", "RFC 5771, multicast"),
        ("240.0.0.0/4", "RFC 1112, reserved, and the broadcast address"),
        ("168.63.129.16/32", "Azure's platform address (DNS, DHCP, health probes)"),
        ("::/128", "RFC 4291, unspecified"),
        ("::1/128", "RFC 4291, loopback"),
        ("::/96", "RFC 4291, IPv4-compatible"),
        ("::ffff:0:0:0/96", "RFC 2765, translated IPv4"),
        ("64:ff9b::/96", "RFC 6052, NAT64"),
        ("64:ff9b:1::/48", "RFC 8215, local NAT64"),
        ("100::/64", "RFC 6666, discard"),
        ("100:0:0:1::/64", "RFC 9780, dummy prefix"),
        ("200::/7", "RFC 4048, formerly NSAP"),
        ("2001::/23", "RFC 2928, protocol assignments; holds Teredo and ORCHID"),
        ("2001:db8::/32", "RFC 3849, documentation"),
        ("2002::/16", "RFC 3056, 6to4"),
        ("2620:4f:8000::/48", "RFC 7534, AS112"),
        ("3ffe::/16", "RFC 3701, formerly 6bone"),
        ("3fff::/20", "RFC 9637, documentation"),
        ("5f00::/16", "RFC 9602, segment routing"),
        ("fc00::/7", "RFC 4193, unique local"),
        ("fe80::/10", "RFC 4291, link-local"),
        ("fec0::/10", "RFC 3879, site-local"),
        ("ff00::/8", "RFC 4291, multicast"),
        ("::/3", "RFC 4291, section 2.4 and IANA's registry: global unicast is allocated out of 2000::/3 alone"),
        ("4000::/2", "the same"),
        ("8000::/1", "the same"),
    ];

    private static readonly IPNetwork[] Networks = [.. Refused.Select(row => IPNetwork.Parse(row.Range))];

    /// <summary>
    /// True for an address on the public internet. IPv4 mapped into IPv6 is checked as IPv4, since a socket connects
    /// to that; every other form of IPv4 inside IPv6 is refused.
    /// </summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            return IsPublic(address.MapToIPv4());
        return address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6
            && !Array.Exists(
                Networks,
                network => network.BaseAddress.AddressFamily == address.AddressFamily && network.Contains(address)
            );
    }
}
