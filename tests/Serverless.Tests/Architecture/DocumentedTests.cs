using System.Reflection;
using System.Text.RegularExpressions;
using Serverless.Functions.Cip;
using Serverless.Functions.Http;
using Serverless.Tests.Http;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>What the papers say of routes, rows, settings and files is what there is.</summary>
public sealed partial class DocumentedTests
{
    /// <summary>Tables whose first cell names routes.</summary>
    private static readonly string[][] Papers =
    [
        ["functions", "README.md"],
        ["functions", "Eligibility", "README.md"],
        ["functions", "Identities", "README.md"],
    ];

    private static readonly List<Route> Documented = [.. Papers.SelectMany(RoutesOf)];

    [Fact]
    public void Every_route_stands_in_a_table_of_a_README()
    {
        var forgotten =
            from function in HostedFunction.All
            // What no other function answers is no route.
            where !function.Route.Contains("{*", StringComparison.Ordinal)
            from method in function.Methods
            where method != "HEAD" && !Documented.Exists(route => route.Is(method, function.Route))
            select $"{method} /{function.Route} stands in no table: add it to those in functions/README.md (Routes).";
        NoneForgotten(forgotten);
    }

    [Fact]
    public void Every_route_in_the_tables_is_answered()
    {
        var forgotten =
            from route in Documented
            where
                !HostedFunction.All.Any(function =>
                    function.Methods.Contains(route.Method) && route.Is(route.Method, function.Route)
                )
            select $"A README has {route.Method} {route.Path}, which no function answers.";
        NoneForgotten(forgotten);
    }

    [Fact]
    public void The_tables_name_the_parameters_of_every_list()
    {
        var forgotten =
            from function in HostedFunction.All
            where function.Methods.Contains("GET")
            let read = ParametersOf(function)
            where read.Count > 0
            let written = Documented
                .Where(route => route.Is("GET", function.Route))
                .SelectMany(route => route.Parameters)
                .ToHashSet()
            where !read.SetEquals(written)
            select $"GET /{function.Route} reads {Listed(read)}, and its README says {Listed(written)}: write "
                + "`GET /path?one=&two=` there.";
        NoneForgotten(forgotten);
        Assert.True(HostedFunction.All.Count(function => ParametersOf(function).Count > 0) > 5);
    }

    /// <summary>The parameters of its query.</summary>
    private static HashSet<string> ParametersOf(HostedFunction function) =>
        function.Method.GetCustomAttribute<TakesAttribute>() is { Query: var query }
            ? [.. RequestField.Of(query).Select(field => field.Name)]
            : [];

    [Fact]
    public void The_table_of_data_names_every_kind_of_row_of_a_person()
    {
        var table = Section("Data");
        NoneForgotten(
            AddedThingsTests
                .DeclaredKinds.Where(declared =>
                    !table.Contains($"`{Escaped(declared.Kind.Prefix)}", StringComparison.Ordinal)
                )
                .Select(declared => $"functions/README.md (Data) does not say what rows '{declared.Kind.Prefix}' hold.")
        );
    }

    [Fact]
    public void The_table_of_settings_names_every_provider_that_can_be_chosen()
    {
        var row = Section("Settings")
            .Split('\n')
            .Single(line => line.StartsWith("| `Cip__Provider`", StringComparison.Ordinal));
        NoneForgotten(
            CipOptions
                .Providers.Keys.Where(name => !row.Contains($"`{name}`", StringComparison.Ordinal))
                .Select(name => $"functions/README.md (Settings, Cip__Provider) does not say what '{name}' is.")
        );
    }

    [Theory]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("SECURITY.md")]
    [InlineData("CHANGELOG.md")]
    public void Every_file_and_test_that_a_paper_names_is_there(string paper)
    {
        var text = Repository.Read(".github", paper);
        var paths = Link()
            .Matches(text)
            .Select(match => (Named: match.Groups[1].Value, From: ".github"))
            .Concat(
                Code()
                    .Matches(text)
                    .Select(match => (Named: match.Groups[1].Value, From: ""))
                    .Where(path => LooksLikePath().IsMatch(path.Named))
            )
            .Select(path =>
                (path.Named, Full: Path.GetFullPath(Path.Combine(Repository.Root, path.From, path.Named.Split('#')[0])))
            );
        NoneForgotten(
            paths
                .Where(path => !File.Exists(path.Full) && !Directory.Exists(path.Full))
                .Select(path => $".github/{paper} names {path.Named}, which is not there.")
        );

        // Other projects' tests are not in this assembly: their files are asked.
        var tests = string.Join(
            '\n',
            Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "tests"), "*Tests.cs", SearchOption.AllDirectories)
                .Select(File.ReadAllText)
        );
        NoneForgotten(
            Code()
                .Matches(text)
                .Select(match => match.Groups[1].Value)
                .Where(name => Sentence().IsMatch(name) && !tests.Contains($" {name}(", StringComparison.Ordinal))
                .Select(name => $".github/{paper} names a test {name}, which is not there.")
        );
    }

    [Theory]
    [InlineData("Threats", 30)]
    [InlineData("Risks of APIs", 10)]
    public void Every_threat_and_every_risk_names_a_test_that_is_there(string title, int least)
    {
        var tests = (
            from type in typeof(DocumentedTests).Assembly.GetTypes()
            from method in type.GetMethods()
            where method.IsDefined(typeof(FactAttribute))
            select $"{type.FullName}.{method.Name}"
        ).ToList();
        var rows = Repository
            .Read(".github", "SECURITY.md")
            .Split($"\n## {title}\n")[1]
            .Split("\n## ")[0]
            .Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            // The table's head.
            .Skip(1)
            .ToList();
        Assert.True(rows.Count >= least, $"{title} has {rows.Count} rows.");
        foreach (var row in rows)
        {
            var named = Code().Matches(row.Split(" | ")[^1]).Select(match => match.Groups[1].Value).ToList();
            Assert.True(named.Count > 0, $"No test: {row}");
            NoneForgotten(
                from name in named
                where
                    tests.Count(test => test.EndsWith($".{name}", StringComparison.Ordinal)) != 1
                    && !IsInAnotherProject(name)
                select $".github/SECURITY.md names {name}, which is no test, or one of several."
            );
        }
    }

    /// <summary>Tests of other projects are not in this assembly: their files are asked.</summary>
    private static bool IsInAnotherProject(string name) =>
        name.Split('.') is [var type, var method]
        && Path.Combine(Repository.Root, "tests", "Infrastructure", $"{type}.cs") is var file
        && File.Exists(file)
        && File.ReadAllText(file).Contains($" {method}(", StringComparison.Ordinal);

    private static string Section(string title) =>
        Repository.Read("functions", "README.md").Split($"\n## {title}\n")[1].Split("\n## ")[0];

    private static IEnumerable<Route> RoutesOf(string[] paper)
    {
        foreach (
            var line in Repository
                .Read(paper)
                .Split('\n')
                .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
        )
        {
            var methods = new List<string>();
            var before = "";
            var named = false;
            foreach (var span in Code().Matches(line.Split(" | ")[0]).Select(match => match.Groups[1].Value))
            {
                if (Span().Match(span) is not { Success: true } match)
                    continue;
                var (method, path) = (match.Groups["method"].Value, match.Groups["path"].Value);
                if (method.Length > 0)
                {
                    // `GET`, `PUT` and `PATCH /path`: the path is that of all of them.
                    if (named)
                        methods.Clear();
                    methods.Add(method);
                    named = false;
                }
                if (path.Length == 0)
                    continue;
                named = true;
                if (path.StartsWith('/'))
                    before = path;
                var parameters = match.Groups["query"].Value.Split('&', StringSplitOptions.RemoveEmptyEntries);
                foreach (var one in methods)
                    yield return new Route(one, path, before, [.. parameters.Select(text => text.Split('=')[0])]);
            }
        }
    }

    private static string Listed(IEnumerable<string> names) =>
        names.Any() ? string.Join(", ", names.Order()) : "nothing";

    private static string Escaped(string prefix) => prefix.Replace("|", @"\|", StringComparison.Ordinal);

    private static void NoneForgotten(IEnumerable<string> forgotten) =>
        Assert.True(!forgotten.Any(), string.Join(Environment.NewLine, forgotten));

    /// <summary>A route as a table has it.</summary>
    /// <param name="Method">In upper case.</param>
    /// <param name="Path">With <c>…</c> for what it shares with the one before it.</param>
    /// <param name="Before">The last whole path of its row.</param>
    /// <param name="Parameters">Of its query.</param>
    private sealed record Route(string Method, string Path, string Before, IReadOnlyList<string> Parameters)
    {
        public bool Is(string method, string template)
        {
            var path = "/" + Plain(template);
            return method == Method
                && (
                    Path.StartsWith('/')
                        ? path == Plain(Path)
                        : path.EndsWith(Plain(Path[1..]), StringComparison.Ordinal)
                            && path.Split('/')[1] == Plain(Before).Split('/')[1]
                );
        }

        /// <summary>Without the names of the parameters.</summary>
        private static string Plain(string path) => Parameter().Replace(path, "{}");
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\(([^):]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^[\w.-]+(/[\w.-]+)+/?$")]
    private static partial Regex LooksLikePath();

    [GeneratedRegex(@"^[A-Z][a-z]*(_\w+){2,}$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"^(?<method>GET|POST|PUT|PATCH|DELETE)?(?:^| )?(?<path>[/…][^?]*)?(?:\?(?<query>.*))?$")]
    private static partial Regex Span();
}
