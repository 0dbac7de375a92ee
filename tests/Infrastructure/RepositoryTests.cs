using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure;

/// <summary>What can be seen without the compiler.</summary>
public class RepositoryTests
{
    [Fact]
    public void The_list_of_functions_is_the_one_that_was_built()
    {
        if (Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") == "1")
            File.WriteAllText(
                Path.Combine(Repository.Root, Template.Folder, "functions.json"),
                FunctionsCheck.Expected(AppCode.Current)
            );
        else
            Assert.Equal(
                FunctionsCheck.Expected(AppCode.Current),
                Template.Current.Texts[Template.Folder + "functions.json"]
            );
        Assert.Empty(FunctionsCheck.Problems(Template.Current, AppCode.Current));
    }

    [Fact]
    public void Every_table_is_made_when_the_app_starts() =>
        Assert.Empty(ChoicesCheck.TablesNobodyMakes(AppCode.Current));

    [Fact]
    public void Orchestrators_await_what_is_durable_and_judge_no_failure_by_its_type() =>
        Assert.Empty(OrchestratorsCheck.Problems(AppCode.Current));

    [Fact]
    public void The_host_writes_no_paths_and_little_else_and_loses_a_minute_at_most() =>
        Assert.Empty(PackageCheck.HostProblems(Template.Current));

    [Fact]
    public void The_guide_names_every_secret_that_the_code_asks_for() =>
        Assert.Empty(GuideCheck.UnknownSecrets(AppCode.Current, Template.Current.Texts["infra/README.md"]));

    [Fact]
    public void Workflows_pin_their_actions_and_hold_no_credentials() =>
        Assert.Empty(WorkflowCheck.Problems(Template.Current));
}
