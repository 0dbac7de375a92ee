using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;

namespace Serverless.Infrastructure;

/// <summary>
/// What would be deployed, as the compiler understands it, and the files around it, against the code and the guide.
/// </summary>
public class InfrastructureTests
{
    [Fact]
    public void The_compiler_and_its_linter_have_nothing_to_say() => Holds("Compiler");

    [Fact]
    public void Every_Bicep_file_is_laid_out_as_the_formatter_does() => Holds((template, _) => template.Unformatted);

    [Fact]
    public void Every_parameter_and_output_says_what_it_is() => Holds("Descriptions");

    [Fact]
    public void Every_value_is_one_of_those_that_are_published() => Holds("Values that the compiler passes");

    [Fact]
    public void Every_setting_that_the_code_reads_is_set_and_every_one_that_is_set_is_read() => Holds("Settings");

    [Fact]
    public void Every_function_runs_in_exactly_one_app() => Holds("Functions");

    [Fact]
    public void Every_role_that_the_code_needs_is_assigned_and_no_other() => Holds("Roles");

    [Fact]
    public void Both_apps_leave_by_one_address_and_neither_reaches_private_ranges() => Holds("Network");

    [Fact]
    public void The_queues_are_those_that_the_code_uses() => Holds("Queues");

    [Fact]
    public void Alerts_look_for_what_is_logged_and_no_outage_goes_untold() => Holds("Alerts");

    [Fact]
    public void Nothing_is_opened_by_a_key_and_queues_and_runtime_are_what_the_code_was_written_for() => Holds("Rules");

    [Fact]
    public void No_file_holds_a_secret() => Holds("Secrets");

    [Fact]
    public void Both_environments_fit_into_a_subscription_and_into_what_Azure_answers() => Holds("Choices");

    [Fact]
    public void The_guide_and_its_scripts_say_what_is_deployed() => Holds("Guide");

    [Fact]
    public void The_guide_names_every_secret_that_the_code_asks_for() => Holds("Names of secrets");

    [Fact]
    public void Every_table_is_made_when_the_app_starts() => Holds("Tables");

    [Fact]
    public void Orchestrators_await_what_is_durable_and_judge_no_failure_by_its_type() => Holds("Orchestrators");

    [Fact]
    public void The_host_writes_no_paths_and_little_else_and_loses_a_minute_at_most() => Holds("Host");

    [Fact]
    public void Workflows_pin_their_actions_and_hold_no_credentials() => Holds("Workflows");

    [Fact]
    public void The_list_of_functions_is_the_one_that_was_built()
    {
        const string list = Template.Folder + "functions.json";
        var expected = FunctionsCheck.Written(AppCode.Current);
        if (Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, list), expected);
        else
            Assert.Equal(expected, Template.Current.Texts[list]);
    }

    private static void Holds(string check) => Holds(Check.Of[check]);

    private static void Holds(Func<Template, AppCode, IEnumerable<string>> problems)
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        var found = problems(Template.Current, AppCode.Current).ToList();
        Assert.True(found.Count == 0, string.Join('\n', found));
    }
}
