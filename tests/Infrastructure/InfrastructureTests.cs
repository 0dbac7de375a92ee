using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure;

public class InfrastructureTests
{
    [Fact]
    public void Every_Bicep_file_is_free_of_syntax_errors_and_describes_itself() =>
        Holds(SyntaxCheck.Problems(Template.Current));

    [Fact]
    public void Every_name_is_declared_and_used_and_every_module_gets_what_it_wants() =>
        Holds(NamesCheck.Problems(Template.Current));

    [Theory]
    [InlineData("sandbox.bicepparam")]
    [InlineData("production.bicepparam")]
    public void A_parameter_file_gives_what_the_template_wants(string name) =>
        Holds(SyntaxCheck.ParameterProblems(Template.Current, name));

    [Fact]
    public void Every_resource_agrees_with_the_published_schema_of_its_type()
    {
        Assert.SkipWhen(Repository.Schemas is null, "No schemas: name their folder in BICEP_TYPES.");
        Holds(new SchemaCheck(Repository.Schemas!).Problems(Template.Current));
    }

    [Fact]
    public void Every_setting_that_the_code_reads_is_set_and_every_one_that_is_set_is_read() =>
        Holds(SettingsCheck.Problems(Template.Current, AppCode.Current));

    [Fact]
    public void Every_function_runs_in_exactly_one_app() =>
        Holds(FunctionsCheck.Problems(Template.Current, AppCode.Current));

    [Fact]
    public void Every_role_that_the_code_needs_is_assigned_and_no_other() =>
        Holds(RolesCheck.Problems(Template.Current, AppCode.Current, Repository.Schemas));

    [Fact]
    public void Both_apps_leave_by_one_address_and_neither_reaches_private_ranges() =>
        Holds(NetworkCheck.Problems(Template.Current));

    [Fact]
    public void Queues_have_the_settings_of_the_local_platform() => Holds(QueuesCheck.Problems(Template.Current));

    [Fact]
    public void Orchestrators_await_what_is_durable_and_judge_no_failure_by_its_type() =>
        Holds(OrchestratorsCheck.Problems(AppCode.Current));

    [Fact]
    public void Alerts_look_for_what_is_logged() => Holds(AlertsCheck.Problems(Template.Current, AppCode.Current));

    [Fact]
    public void Nothing_is_opened_by_a_key_and_no_file_holds_one() => Holds(KeysCheck.Problems(Template.Current));

    [Fact]
    public void The_package_for_Azure_is_wired_as_far_as_it_can_be_seen_here() =>
        Holds(PackageCheck.Problems(Template.Current));

    [Fact]
    public void The_guide_names_every_secret_that_the_code_asks_for() =>
        Holds(
            PackageCheck.UnknownSecrets(
                AppCode.Current,
                File.ReadAllText(Path.Combine(Repository.Root, "infra", "README.md"))
            )
        );

    [Fact]
    public void Workflows_pin_their_actions_and_hold_no_credentials() =>
        Holds(WorkflowCheck.Problems(WorkflowCheck.Files));

    private static void Holds(IEnumerable<string> problems)
    {
        var found = problems.ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
