using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// Both apps leave by the same address and under the same rules, so that it is one and the same which of them calls a
/// partner: what the partner allows holds for deliveries and for tests.
/// </summary>
internal static class NetworkCheck
{
    /// <summary>RFC 1918 and RFC 6598.</summary>
    private static readonly string[] PrivateRanges = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

    public static IEnumerable<string> Problems(Template template) =>
        template.Deployments.SelectMany(Problems).Distinct();

    private static IEnumerable<string> Problems(Deployment deployment)
    {
        Resource One(string type) => deployment.Of($"Microsoft.Network/{type}").Single();
        var network = One("virtualNetworks");
        var subnets = network.List("properties.subnets").ToDictionary(subnet => subnet.Name);
        (string Path, string Value, string Otherwise)[] rules =
        [
            ("properties.natGateway.id", One("natGateways").Id, "does not leave by the address that partners allow"),
            ("properties.networkSecurityGroup.id", One("networkSecurityGroups").Id, "is not under the rules"),
            ("properties.defaultOutboundAccess", "False", "has another way out"),
        ];
        foreach (var (app, site) in deployment.Apps)
        {
            var name = site.Text("properties.virtualNetworkSubnetId")
                .Replace($"{network.Id}/subnets/", "", StringComparison.Ordinal);
            if (subnets.GetValueOrDefault(name) is not { } subnet || subnet.At("properties.delegations") is null)
            {
                yield return $"the app '{app}' is in none of the subnets for apps";
                continue;
            }
            foreach (var (path, _, otherwise) in rules.Where(rule => subnet.Text(rule.Path) != rule.Value))
                yield return $"'{subnet.Name}' {otherwise}";
        }

        var outbound = One("networkSecurityGroups")
            .List("properties.securityRules")
            .Where(rule => rule.Text("properties.direction") == "Outbound")
            .OrderBy(rule => rule.At("properties.priority")!.Value.GetInt32())
            .ToList();
        var denied = outbound.FindIndex(rule => RefusesAll(rule) && !PrivateRanges.Except(Targets(rule)).Any());
        if (denied < 0)
            yield return "private ranges are not refused";
        // Of what comes first, nothing may be allowed but the subnet of the private endpoints.
        var endpoints = subnets["endpoints"].Text("properties.addressPrefix");
        foreach (
            var target in outbound
                .Take(Math.Max(denied, 0))
                .Where(rule => rule.Text("properties.access") == "Allow")
                .SelectMany(Targets)
                .Where(target => target != endpoints)
        )
            yield return $"{target} is allowed before private ranges are refused";
        if (!RefusesAll(outbound[^1]) || !Targets(outbound[^1]).SequenceEqual(["*"]))
            yield return "what no rule allows is not refused";
    }

    private static bool RefusesAll(Resource rule) =>
        rule.Text("properties.access") == "Deny" && rule.Text("properties.destinationPortRange") == "*";

    private static IEnumerable<string> Targets(Resource rule) =>
        rule.Texts("properties.destinationAddressPrefixes")
            .Append(rule.Text("properties.destinationAddressPrefix"))
            .Where(range => range.Length > 0);
}
