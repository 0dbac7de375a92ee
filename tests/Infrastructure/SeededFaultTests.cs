using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure;

/// <summary>Each check finds the fault it is there for: it is run on a copy with one text changed, or one class more.</summary>
public class SeededFaultTests
{
    /// <summary>
    /// faults.txt: under the heading of its check a file, what is taken out of it (-), what takes its place (+; without
    /// it, the whole line goes), and a part of what is to be found (=).
    /// </summary>
    public static TheoryData<string, string, string, string, string> Faults()
    {
        var faults = new TheoryData<string, string, string, string, string>();
        var check = "";
        foreach (var block in Repository.Read("tests/Infrastructure/faults.txt").Split("\n\n"))
        {
            var lines = block.TrimEnd('\n').Split('\n');
            var (taken, put) = (Marked(lines, "- "), Marked(lines, "+ "));
            if (taken is null)
                check = lines[0].TrimStart('#', ' ');
            else
                faults.Add(check, lines[0], put is null ? taken + "\n" : taken, put ?? "", Marked(lines, "= ")!);
        }
        return faults;
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public void Fault_in_a_file_is_found(string check, string file, string text, string replacement, string problem)
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        var template = Template.Current.With(file, text, replacement);
        try
        {
            Finds(Check.Of[check](template, AppCode.Current), problem);
        }
        catch (InvalidOperationException refused)
        {
            // Of a value that only a deployment can judge.
            Finds([refused.Message], problem);
        }
    }

    [Theory]
    [InlineData(typeof(Seeded.ReadsSetting), "'New__Setting', read in ReadsSetting, is not set")]
    [InlineData(typeof(Seeded.ReadsSettingOfName), "'New__Own__Part', read in ReadsSettingOfName, is not set")]
    [InlineData(typeof(Seeded.ReadsConfiguration), "'IConfiguration.get_Item' reads a setting past the options")]
    [InlineData(typeof(Seeded.ReadsValue), "'ConfigurationBinder.GetValue' reads a setting past the options")]
    [InlineData(typeof(Seeded.ReadsEnvironment), "'Environment.GetEnvironmentVariable' reads a setting past the")]
    [InlineData(typeof(Seeded.Binds), "'ConfigurationBinder.Bind' reads a setting past the options")]
    [InlineData(typeof(Seeded.ReceivesElsewhere), "the connection 'Other' of its trigger is not that of the clients")]
    [InlineData(typeof(Seeded.Sends), "'Sends' calls addresses that partners choose")]
    [InlineData(typeof(Seeded.Probes), "'Probes' calls addresses that partners choose")]
    [InlineData(typeof(Seeded.Tidies), "Tidies: each timer is a group of instances of its own")]
    [InlineData(typeof(Seeded.CallsByItself), "CallsByItself makes HTTP calls")]
    public void Fault_in_a_class_is_found(Type fault, string problem)
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        Finds(Check.All(Template.Current, AppCode.Current.With(fault)), problem);
    }

    [Theory]
    [InlineData(typeof(Seeded.Waits), "uses Task.Delay")]
    [InlineData(typeof(Seeded.ReadsFile), "awaits File.ReadAllTextAsync")]
    [InlineData(typeof(Seeded.ReadsClock), "uses DateTimeOffset.get_UtcNow")]
    [InlineData(typeof(Seeded.MakesId), "uses Guid.NewGuid")]
    [InlineData(typeof(Seeded.LeavesTimer), "begins anew with an open timer")]
    [InlineData(typeof(Seeded.JudgesByName), "type of an activity's failure")]
    [InlineData(typeof(Seeded.JudgesByType), "type of an activity's failure")]
    public void Fault_in_an_orchestrator_is_found(Type fault, string problem) =>
        Finds(OrchestratorsCheck.Problems(AppCode.Current.With(fault)), problem);

    [Theory]
    [InlineData("DeliveryLog", "DeliveryLog has no 'AppTables' any more")]
    [InlineData("TestWebhookEndpoint", "'TestWebhookEndpoint' is excused")]
    public void What_nothing_needs_any_more_is_found(string gone, string problem)
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        Finds(Check.All(Template.Current, AppCode.Current.Without(gone)), problem);
    }

    [Theory]
    [InlineData(typeof(Seeded.AsksForSecret), "'New--Secret' is not named")]
    [InlineData(typeof(Seeded.AsksForAnySecret), "by a name that is no constant")]
    public void Secret_that_the_guide_does_not_name_is_found(Type fault, string problem) =>
        Finds(GuideCheck.UnknownSecrets(AppCode.Current.With(fault), "`KeyRing`"), problem);

    [Fact]
    public void Table_that_nobody_makes_is_found() =>
        Finds(
            ChoicesCheck.TablesNobodyMakes(AppCode.Current.With(typeof(Seeded.Tables))),
            "Tables: nothing makes the table 'Forgotten'"
        );

    private static string? Marked(string[] lines, string mark)
    {
        var marked = lines.Where(line => $"{line} ".StartsWith(mark, StringComparison.Ordinal)).ToList();
        return marked.Count == 0 ? null : string.Join('\n', marked.Select(line => line.Length < 2 ? "" : line[2..]));
    }

    private static void Finds(IEnumerable<string> problems, string expected) =>
        Assert.Contains(problems, problem => problem.Contains(expected, StringComparison.Ordinal));
}
