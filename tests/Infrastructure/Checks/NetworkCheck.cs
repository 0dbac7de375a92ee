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
        var network = deployment.Of("Microsoft.Network/virtualNetworks").Single();
        var subnets = network.List("properties.subnets").Select(json => new Resource(json)).ToList();
        foreach (var (app, site) in deployment.Apps)
        {
            var subnet = subnets.Find(subnet =>
                site.Text("properties.virtualNetworkSubnetId") == $"{network.Id}/subnets/{subnet.Name}"
                && subnet.At("properties.delegations") is not null
            );
            if (subnet is null)
            {
                yield return $"the app '{app}' is in none of the subnets for apps";
                continue;
            }
            if (subnet.Text("properties.natGateway.id") != deployment.Of("Microsoft.Network/natGateways").Single().Id)
                yield return $"'{subnet.Name}' does not leave by the address that partners allow";
            var group = deployment.Of("Microsoft.Network/networkSecurityGroups").Single();
            if (subnet.Text("properties.networkSecurityGroup.id") != group.Id)
                yield return $"'{subnet.Name}' is not under the rules for what leaves";
            if (subnet.Text("properties.defaultOutboundAccess") != "False")
                yield return $"'{subnet.Name}' has another way out";
            // The host calls the front end of its own app to register its triggers; who may not is refused by the code.
            if (site.Text("properties.siteConfig.ipSecurityRestrictionsDefaultAction") == "Deny")
                yield return $"'{app}' refuses everybody, its own host too: its triggers may never be registered";
        }
        foreach (var problem in RuleProblems(deployment, subnets))
            yield return problem;
    }

    private static IEnumerable<string> RuleProblems(Deployment deployment, List<Resource> subnets)
    {
        var endpoints = subnets.Find(subnet => subnet.Name == "endpoints")!.Text("properties.addressPrefix");
        var rules = deployment
            .Of("Microsoft.Network/networkSecurityGroups")
            .SelectMany(group => group.List("properties.securityRules"))
            .Select(json => new Resource(json))
            .Where(rule => rule.Text("properties.direction") == "Outbound")
            .OrderBy(rule => rule.At("properties.priority")!.Value.GetInt32())
            .ToList();
        var denied = rules.FindIndex(rule =>
            IsFor(rule, "Deny", "*") && PrivateRanges.All(range => Targets(rule).Contains(range))
        );
        if (denied < 0)
            yield return "private ranges are not refused";
        // Of what comes first, nothing may be allowed but the subnet of the private endpoints.
        foreach (var rule in rules.Take(Math.Max(denied, 0)).Where(rule => rule.Text("properties.access") == "Allow"))
        {
            if (!Targets(rule).SequenceEqual([endpoints]))
                yield return $"{string.Join(", ", Targets(rule))} is allowed before private ranges are refused";
        }
        if (rules is not [.., var last] || !IsFor(last, "Deny", "*") || !Targets(last).SequenceEqual(["*"]))
            yield return "what no rule allows is not refused";
    }

    private static bool IsFor(Resource rule, string access, string port) =>
        rule.Text("properties.access") == access && rule.Text("properties.destinationPortRange") == port;

    private static IEnumerable<string> Targets(Resource rule) =>
        rule.List("properties.destinationAddressPrefixes")
            .Select(range => range.GetString()!)
            .Append(rule.Text("properties.destinationAddressPrefix"))
            .Where(range => range.Length > 0);
}
