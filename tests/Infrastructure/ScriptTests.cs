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

    [Fact]
    public void What_Azure_does_not_change_in_place_is_refused_before_a_deployment()
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        Assert.SkipUnless(Run("sh", ["-c", "command -v jq"]).Code == 0, "deploy.sh needs jq, which is not installed.");
        var built = Path.Combine(_folder, "built");
        string[] build = ["build-params", "infra/azure/sandbox.bicepparam", "--stdout"];
        File.WriteAllText(built, Run(Repository.Compiler, build).Said);
        (string Tags, bool IsTaken)[] deployments =
        [
            ("null", true),
            ("""{"deployment":"sandbox","zoneRedundant":"false","privateEndpoints":"false"}""", true),
            ("""{"deployment":"sandbox","zoneRedundant":"true","privateEndpoints":"false"}""", false),
            ("""{"deployment":"sandbox","zoneRedundant":"false","privateEndpoints":"true"}""", false),
            ("""{"deployment":"another","zoneRedundant":"false","privateEndpoints":"false"}""", false),
        ];
        foreach (var (tags, isTaken) in deployments)
        {
            var az = Path.Combine(_folder, "az");
            File.WriteAllText(
                az,
                $"""
                #!/bin/sh
                case "$*" in
                  "resource list"*) echo '{tags}' ;;
                  "bicep build-params"*) cat '{built}' ;;
                  *) echo "ran: $*" ;;
                esac
                """
            );
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(az, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var (code, said) = Run($"{Repository.Root}/infra/azure/deploy.sh", ["sandbox", "infrastructure"]);
            Assert.Contains(
                isTaken ? "ran: deployment group create" : "cannot be changed in place",
                said,
                StringComparison.Ordinal
            );
            Assert.Equal(isTaken, code == 0);
        }
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
