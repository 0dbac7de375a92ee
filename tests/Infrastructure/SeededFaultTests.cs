using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;
using StreamJsonRpc;

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
    public void Fault_in_a_file_is_found(string check, string file, string text, string replacement, string problem) =>
        Finds(check, Template.Current.With(file, text, replacement), AppCode.Current, problem);

    [Theory]
    [InlineData("Settings", typeof(Seeded.Reads), "'New__Setting', read in Reads, is not set")]
    [InlineData("Settings", typeof(Seeded.Reads), "'New__Own__Part', read in Reads, is not set")]
    [InlineData("Settings", typeof(Seeded.Reads), "'IConfiguration.get_Item' reads a setting past the options")]
    [InlineData("Settings", typeof(Seeded.Reads), "'ConfigurationBinder.GetValue' reads a setting past the options")]
    [InlineData("Settings", typeof(Seeded.Reads), "'Environment.GetEnvironmentVariable' reads a setting past the")]
    [InlineData("Settings", typeof(Seeded.Reads), "'ConfigurationBinder.Bind' reads a setting past the options")]
    [InlineData("Settings", typeof(Seeded.Receives), "'Other' of its trigger is not that of the clients")]
    [InlineData("Functions", typeof(Seeded.Sends), "'Sends' belongs to 'delivery'")]
    [InlineData("Functions", typeof(Seeded.Probes), "'Probes' belongs to 'delivery'")]
    [InlineData("Functions", typeof(Seeded.CallsByItself), "CallsByItself makes HTTP calls")]
    [InlineData("Choices", typeof(Seeded.Tidies), "Tidies: each timer is a group of instances of its own")]
    [InlineData("Orchestrators", typeof(Seeded.Waits), "uses Task.Delay")]
    [InlineData("Orchestrators", typeof(Seeded.Waits), "awaits File.ReadAllTextAsync")]
    [InlineData("Orchestrators", typeof(Seeded.Waits), "uses DateTimeOffset.get_UtcNow")]
    [InlineData("Orchestrators", typeof(Seeded.Waits), "uses Guid.NewGuid")]
    [InlineData("Orchestrators", typeof(Seeded.Waits), "begins anew with an open timer")]
    [InlineData("Orchestrators", typeof(Seeded.Waits), "judges a failure by get_ErrorType")]
    [InlineData("Orchestrators", typeof(Seeded.Waits), "judges a failure by IsCausedBy")]
    [InlineData("Names of secrets", typeof(Seeded.Reads), "'New--Secret' is not named")]
    [InlineData("Names of secrets", typeof(Seeded.Reads), "by a name that is no constant")]
    [InlineData("Tables", typeof(Seeded.Tables), "Tables: nothing makes the table 'Forgotten'")]
    public void Fault_in_a_class_is_found(string check, Type fault, string problem) =>
        Finds(check, Template.Current, AppCode.Current.With(fault), problem);

    [Theory]
    [InlineData("Roles", "DeliveryLog", "DeliveryLog has no 'AppTables' any more")]
    [InlineData("Functions", "TestWebhookEndpoint", "'TestWebhookEndpoint' is excused")]
    public void What_nothing_needs_any_more_is_found(string check, string gone, string problem) =>
        Finds(check, Template.Current, AppCode.Current.Without(gone), problem);

    private static void Finds(string check, Template template, AppCode code, string expected)
    {
        Assert.SkipWhen(Compiler.Missing is not null, Compiler.Missing ?? "");
        try
        {
            // The first one is enough: what comes after it is not even compiled.
            Assert.Contains(Check.Of[check](template, code), problem => problem.Has(expected));
        }
        catch (RemoteInvocationException refused)
        {
            // Of a value that only a deployment can judge.
            Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        }
    }

    private static string? Marked(string[] lines, string mark)
    {
        var marked = lines.Where(line => $"{line} ".Begins(mark)).ToList();
        return marked.Count == 0 ? null : string.Join('\n', marked.Select(line => line.Length < 2 ? "" : line[2..]));
    }
}
