using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure.Checks;

/// <summary>What is asked of what would be deployed, by the headings of faults.txt.</summary>
internal static class Check
{
    public static readonly IReadOnlyDictionary<string, Func<Template, AppCode, IEnumerable<string>>> Of =
        new Dictionary<string, Func<Template, AppCode, IEnumerable<string>>>
        {
            ["Compiler"] = (template, _) => template.Diagnostics,
            ["Descriptions"] = (template, _) => CompilerCheck.Undescribed(template),
            ["Values that the compiler passes"] = (template, _) => CompilerCheck.UnknownValues(template),
            ["Rules"] = (template, _) => Rules.OfDeployments(template).Concat(Rules.OfOverrides(template)),
            ["Host"] = (template, _) => Rules.OfHost(template),
            ["Queues"] = (template, _) => Rules.OfQueueNames(template),
            ["Secrets"] = (template, _) => SecretsCheck.Problems(template),
            ["Settings"] = SettingsCheck.Problems,
            ["Functions"] = FunctionsCheck.Problems,
            ["Network"] = (template, _) => NetworkCheck.Problems(template),
            ["Roles"] = RolesCheck.Problems,
            ["Alerts"] = AlertsCheck.Problems,
            ["Choices"] = ChoicesCheck.Problems,
            ["Guide"] = (template, _) => GuideCheck.Problems(template),
            ["Workflows"] = (template, _) => WorkflowCheck.Problems(template),
            ["Orchestrators"] = (_, code) => OrchestratorsCheck.Problems(code),
            ["Tables"] = (_, code) => ChoicesCheck.TablesNobodyMakes(code),
            ["Names of secrets"] = (template, code) => GuideCheck.UnknownSecrets(template, code),
        };
}
