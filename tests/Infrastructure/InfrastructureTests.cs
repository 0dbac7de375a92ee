using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure;

/// <summary>What would be deployed, as the compiler understands it, against the code and the guide.</summary>
public class InfrastructureTests
{
    private static readonly AppCode Code = AppCode.Current;

    [Fact]
    public void The_compiler_and_its_linter_have_nothing_to_say() => Holds(template => template.Diagnostics);

    [Fact]
    public void Every_Bicep_file_is_laid_out_as_the_formatter_does() => Holds(template => template.Unformatted);

    [Fact]
    public void Every_parameter_and_output_says_what_it_is() => Holds(CompilerCheck.Undescribed);

    [Fact]
    public void Every_value_is_one_of_those_that_are_published() => Holds(CompilerCheck.UnknownValues);

    [Fact]
    public void Every_setting_that_the_code_reads_is_set_and_every_one_that_is_set_is_read() =>
        Holds(template => SettingsCheck.Problems(template, Code));

    [Fact]
    public void A_reference_to_the_vault_resolves_as_the_app_s_own_identity() =>
        Holds(SettingsCheck.UnresolvedReferences);

    [Fact]
    public void Every_function_runs_in_exactly_one_app() => Holds(template => FunctionsCheck.TurnedOn(template, Code));

    [Fact]
    public void Every_role_that_the_code_needs_is_assigned_and_no_other() =>
        Holds(template => RolesCheck.Problems(template, Code));

    [Fact]
    public void Both_apps_leave_by_one_address_and_neither_reaches_private_ranges() => Holds(NetworkCheck.Problems);

    [Fact]
    public void Queues_have_the_settings_of_the_local_platform() => Holds(QueuesCheck.Problems);

    [Fact]
    public void Alerts_look_for_what_is_logged_and_no_outage_goes_untold() =>
        Holds(template => AlertsCheck.Problems(template, Code));

    [Fact]
    public void Nothing_is_opened_by_a_key_and_no_file_holds_one() => Holds(KeysCheck.Problems);

    [Fact]
    public void What_is_deployed_is_what_the_package_was_built_for() => Holds(PackageCheck.Problems);

    [Fact]
    public void Both_environments_fit_into_a_subscription_and_into_what_Azure_answers() =>
        Holds(template => ChoicesCheck.Problems(template, Code));

    [Fact]
    public void The_guide_and_its_scripts_say_what_is_deployed() => Holds(GuideCheck.Problems);

    private static void Holds(Func<Template, IEnumerable<string>> problems)
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        var found = problems(Template.Current).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
