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

    public static IEnumerable<string> Problems(Template template)
    {
        var file = template.Files["modules/network.bicep"];
        var network = file.Resources.First(resource =>
            resource.ResourceType == "Microsoft.Network/virtualNetworks" && !resource.Existing
        );
        var gateway = file.Resources.First(resource => resource.ResourceType == "Microsoft.Network/natGateways").Symbol;
        var group = file.Resources.First(resource =>
            resource.ResourceType == "Microsoft.Network/networkSecurityGroups"
        );

        var apps = network.Body["properties"]!["subnets"]!
            .Parts.Where(subnet => subnet["properties"]!["delegations"] is not null)
            .ToDictionary(subnet => subnet["name"]!.Literal!, subnet => subnet["properties"]!);
        foreach (var (name, properties) in apps)
        {
            if (!IsIdOf(properties["natGateway"]?["id"], gateway))
                yield return $"{file.Name}: '{name}' does not leave by the address that partners allow";
            if (!IsIdOf(properties["networkSecurityGroup"]?["id"], group.Symbol))
                yield return $"{file.Name}: '{name}' is not under the rules for what leaves";
            if (properties["defaultOutboundAccess"]?.Text != "false")
                yield return $"{file.Name}: '{name}' has another way out";
        }
        foreach (var module in template.Main.Modules.Where(module => module.Target == "modules/app.bicep"))
        {
            var subnet =
                module.Body["params"]?["subnetId"]?.Parts is [.., { Text: { } output }]
                && file.Outputs.TryGetValue(output, out var id)
                && id.Value.Parts is [{ Text: { } symbol }, { Text: "id" }]
                    ? file.Resources.Find(resource => resource.Symbol == symbol)?.Body["name"]?.Literal
                    : null;
            if (subnet is null || !apps.ContainsKey(subnet))
                yield return $"main.bicep: the app '{module.Symbol}' is in none of the subnets for apps";
        }

        if (
            group.Body["properties"]?["securityRules"] is not { Type: "for_statement" } loop
            || !loop.Parts.Any(part => part.Text == "outboundRules")
        )
            yield return $"{file.Name}: the rules are not those of outboundRules";
        var rules = file.Variables["outboundRules"]
            .Parts.Select(rule =>
                (
                    Access: rule["access"]?.Literal,
                    To: rule["to"]!.Parts.Select(to => to.Literal ?? to.Text!).ToList(),
                    Ports: rule["ports"]!.Parts.Select(port => port.Literal!).ToList()
                )
            )
            .ToList();
        var denied = rules.FindIndex(rule =>
            rule.Access == "Deny" && rule.Ports is ["*"] && PrivateRanges.All(rule.To.Contains)
        );
        if (denied < 0)
            yield return $"{file.Name}: private ranges are not refused";
        // Of what comes first, nothing may be allowed but the subnet of the private endpoints.
        foreach (
            var rule in rules
                .Take(Math.Max(denied, 0))
                .Where(rule => rule.Access == "Allow" && rule.To is not ["endpointRange"])
        )
            yield return $"{file.Name}: {string.Join(", ", rule.To)} is allowed before private ranges are refused";
        if (rules[^1] is not { Access: "Deny", To: ["*"], Ports: ["*"] })
            yield return $"{file.Name}: what no rule allows is not refused";
    }

    private static bool IsIdOf(Node? value, string symbol) =>
        value is { Type: "member_expression", Parts: [{ Type: "identifier" } of, { Text: "id" }] } && of.Text == symbol;
}
