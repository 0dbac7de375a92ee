using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

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
            ["Settings"] = SettingsCheck.Problems,
            ["References to the vault"] = (template, _) => SettingsCheck.UnresolvedReferences(template),
            ["List of functions"] = FunctionsCheck.Problems,
            ["Functions"] = FunctionsCheck.TurnedOn,
            ["Network"] = (template, _) => NetworkCheck.Problems(template),
            ["Roles"] = RolesCheck.Problems,
            ["Queues"] = (template, _) => QueuesCheck.Problems(template),
            ["Alerts"] = AlertsCheck.Problems,
            ["Keys"] = (template, _) => KeysCheck.Problems(template),
            ["Package"] = (template, _) => PackageCheck.Problems(template),
            ["Host"] = (template, _) => PackageCheck.HostProblems(template),
            ["Choices"] = ChoicesCheck.Problems,
            ["Guide"] = (template, _) => GuideCheck.Problems(template),
            ["Workflows"] = (template, _) => WorkflowCheck.Problems(template),
        };

    public static IEnumerable<string> All(Template template, AppCode code) =>
        Of.Values.SelectMany(check => check(template, code));
}
