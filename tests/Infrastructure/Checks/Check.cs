using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>All that is asked of what would be deployed.</summary>
internal static class Check
{
    /// <summary>What a snapshot is needed for comes after what the compiler says: without it there is none.</summary>
    public static IReadOnlyList<string> All(Template template, AppCode code)
    {
        if (template.Diagnostics.Count > 0)
            return template.Diagnostics;
        try
        {
            return
            [
                .. CompilerCheck.Undescribed(template),
                .. CompilerCheck.UnknownValues(template),
                .. SettingsCheck.Problems(template, code),
                .. SettingsCheck.UnresolvedReferences(template),
                .. FunctionsCheck.Problems(template, code),
                .. FunctionsCheck.TurnedOn(template, code),
                .. RolesCheck.Problems(template, code),
                .. NetworkCheck.Problems(template),
                .. QueuesCheck.Problems(template),
                .. AlertsCheck.Problems(template, code),
                .. KeysCheck.Problems(template),
                .. PackageCheck.Problems(template),
                .. PackageCheck.HostProblems(template),
                .. ChoicesCheck.Problems(template, code),
                .. GuideCheck.Problems(template),
                .. WorkflowCheck.Problems(template),
            ];
        }
        catch (InvalidOperationException refused)
        {
            return [refused.Message];
        }
    }
}
