using System.Diagnostics;
using Serverless.Infrastructure.Bicep;

namespace Serverless.Infrastructure;

/// <summary>The scripts of infra/azure, run; Azure's command line is one that answers what a test says.</summary>
public sealed class ScriptTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("serverless-scripts-").FullName;

    [Fact]
    public void The_guide_s_cost_tables_are_those_that_follow_from_what_is_deployed_and_measured()
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        foreach (var deployment in Template.Current.Deployments)
            File.WriteAllText(Path.Combine(_folder, deployment.Name), deployment.Snapshot);
        var metadata = Path.Combine(Repository.FunctionsOutput, "functions.metadata");
        List<string> arguments = ["infra/azure/cost.mjs", $"{_folder}/sandbox", $"{_folder}/production", metadata];
        if (Environment.GetEnvironmentVariable("WRITE_DOCUMENTS") == "1")
            arguments.Add("--write");
        var (code, said) = Run("node", arguments);
        Assert.True(code == 0, said);
    }

    [Theory]
    [InlineData(null, "ran: deployment group create")]
    [InlineData(
        "'deployment':'sandbox','zoneRedundant':'false','privateEndpoints':'false'",
        "ran: deployment group create"
    )]
    [InlineData(
        "'deployment':'sandbox','zoneRedundant':'true','privateEndpoints':'false'",
        "cannot be changed in place"
    )]
    [InlineData(
        "'deployment':'sandbox','zoneRedundant':'false','privateEndpoints':'true'",
        "cannot be changed in place"
    )]
    [InlineData(
        "'deployment':'another','zoneRedundant':'false','privateEndpoints':'false'",
        "cannot be changed in place"
    )]
    public void What_Azure_does_not_change_in_place_is_refused_before_a_deployment(string? tags, string expected)
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        Assert.SkipUnless(Run("sh", ["-c", "command -v jq"]).Code == 0, "deploy.sh needs jq, which is not installed.");
        var az = Path.Combine(_folder, "az");
        var deployed = tags is null ? "null" : $"{{{tags.Replace('\'', '"')}}}";
        File.WriteAllText(
            az,
            $"""
            #!/bin/sh
            case "$*" in
              "resource list"*) echo '{deployed}' ;;
              "bicep build-params"*) '{Repository.Compiler}' build-params "$4" --stdout ;;
              *) echo "ran: $*" ;;
            esac
            """
        );
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var (code, said) = Run(Path.Combine(Repository.Root, "infra/azure/deploy.sh"), ["sandbox", "infrastructure"]);
        Assert.Contains(expected, said, StringComparison.Ordinal);
        Assert.Equal(expected.Begins("ran:"), code == 0);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private (int Code, string Said) Run(string file, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["PATH"] = _folder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"),
                ["RESOURCE_GROUP"] = "rg",
                ["ALERT_MAIL_TO"] = "people@example.com",
                ["BUDGET_START"] = "2026-12-01",
            },
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
