using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Serverless.Functions.Events;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;
using Serverless.Functions.RateLimits;

namespace Serverless.Functions.Docs;

/// <summary>
/// The tables of the guides that are made from the code, so that they cannot be wrong. A line <c>[[name]]</c> of a
/// guide stands for each.
/// </summary>
internal sealed partial class GeneratedParts(IdentityLimits identityLimits)
{
    private const string All = "all routes";
    private static readonly JsonSerializerOptions AsSerialized = new(Answer.Json)
    {
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    private readonly XmlDocs _docs = XmlDocs.Load();

    /// <summary>The Markdown with the parts in place.</summary>
    /// <exception cref="InvalidOperationException">A line stands for a part that there is not.</exception>
    public string Fill(string markdown) => Placeholder().Replace(markdown, match => Part(match.Groups[1].Value));

    private string Part(string name) =>
        name switch
        {
            "errors:m2m" => Errors(ApiDescription.M2M, ErrorCodes.MethodNotAllowed),
            "errors:identities" => Errors(ApiDescription.Identities, unknownMethod: null),
            "errors:operator" => Errors(ApiDescription.Operator, ErrorCodes.MethodNotAllowed),
            "events" => Events(),
            "rate-limits" => RateLimits(),
            _ => throw new InvalidOperationException($"A guide has [[{name}]], which nothing makes."),
        };

    private string Errors(ApiDescription api, string? unknownMethod)
    {
        var errors = new ApiErrors(_docs);
        var functions = FunctionApis.All.Where(api.Has).ToList();
        var rows =
            from function in functions
            from error in errors.Of(function)
            group (function, error) by (error.Code, error.Code is null ? error.Meaning : null) into same
            let first = same.First().error
            let statuses = same.Select(one => one.error.Status).Distinct().Order().ToList()
            orderby statuses[0], first.Code is null ? 0 : 1, first.Code as int?, first.Code?.ToString()
            select Row(
                first.Code is null ? "" : $"`{first.Code}`",
                string.Join(", ", statuses),
                $"{first.Meaning} Answered by {Routes([.. same.Select(one => one.function).Distinct()], functions)}."
            );
        if (unknownMethod is not null)
            rows = rows.Append(Row($"`{unknownMethod}`", "405", $"{MeaningOf(unknownMethod)} Answered by every path."));
        return Table(["Code", "HTTP", "What it means, and what to do"], rows);
    }

    private string MeaningOf(string code) =>
        _docs.SummaryOf(
            typeof(ErrorCodes)
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .Single(field => code.Equals(field.GetRawConstantValue()))
        )!;

    /// <summary>The routes that answer so, or those that do not where they are fewer.</summary>
    private static string Routes(List<HttpFunction> these, List<HttpFunction> all)
    {
        if (these.Count == all.Count)
            return All;
        return these.Count > all.Count * 2 / 3 ? $"{All} but {Listed([.. all.Except(these)])}" : Listed(these);
    }

    private static string Listed(List<HttpFunction> functions) =>
        string.Join(
            ", ",
            functions
                .OrderBy(function => function.Route, StringComparer.Ordinal)
                .SelectMany(function =>
                    function.Methods.Where(method => method != "HEAD").Select(method => $"`{method} /{function.Route}`")
                )
        );

    private string Events()
    {
        var data = typeof(GeneratedParts)
            .Assembly.GetTypes()
            .SelectMany(type => type.GetCustomAttributes<EventDataAttribute>().Select(event_ => (event_.Name, type)))
            .ToDictionary(known => known.Name, known => known.type);
        return Table(
            ["Event", "By default", "What happened, and the members of `data`"],
            PartnerEvents
                .All.Append(PartnerEvents.EndpointTest)
                .Select(name =>
                    Row($"`{name}`", WhenSent(name), $"{_docs.SummaryOf(data[name])} {MembersOf(data[name])}")
                )
        );
    }

    private static string WhenSent(string name)
    {
        if (name == PartnerEvents.EndpointTest)
            return "when you ask for it";
        return PartnerEvents.OnByDefault.Contains(name) ? "yes" : "no";
    }

    private static string MembersOf(Type data) =>
        string.Join(", ", AsSerialized.GetTypeInfo(data).Properties.Select(member => $"`{member.Name}`"));

    private string RateLimits()
    {
        var limited = FunctionApis
            .All.Where(function => function.Api is Api.Partner or Api.KycSessions)
            .Select(function => (function, function.Method.GetCustomAttribute<CallLimitAttribute>()?.Limit))
            .Where(known => known.Limit is not null)
            .GroupBy(known => known.Limit!, known => known.function)
            .OrderByDescending(known => known.Key.Limit)
            .Select(known => Row(Listed([.. known]), $"{known.Key.Limit}", "partner"));
        var identities = identityLimits.PerPartner ?? identityLimits.PerAddress!;
        return Table(
            ["Routes", "Calls a minute", "Counted for each"],
            [
                .. limited,
                Row(
                    "all others under `/partner`, and hosted KYC sessions, together",
                    $"{RateLimit.Other.Limit}",
                    "partner"
                ),
                Row(
                    "all under `/eapi` together",
                    $"{identities.Limit}",
                    identityLimits.PerPartner is null ? "source address" : "partner"
                ),
            ]
        );
    }

    private static string Table(string[] head, IEnumerable<string> rows) =>
        string.Join('\n', [Row([.. head]), Row([.. head.Select(_ => "---")]), .. rows]);

    private static string Row(params string[] cells) =>
        $"| {string.Join(" | ", cells.Select(cell => cell.ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal)))} |";

    [GeneratedRegex(@"^\[\[([^\]\s]+)\]\]$", RegexOptions.Multiline)]
    private static partial Regex Placeholder();
}
