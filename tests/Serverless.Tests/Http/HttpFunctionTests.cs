using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>What the Functions host makes of names, templates and parameters.</summary>
public sealed partial class HttpFunctionTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>
    /// The host tries functions in the order of their names; the first whose template and method fit answers.
    /// </summary>
    [Fact]
    public void No_function_hides_another_from_the_host() =>
        Assert.Empty(HostedFunction.FindHidden(HostedFunction.All));

    [Fact]
    public void A_page_that_comes_before_its_assets_and_a_rest_that_comes_before_the_others_are_found()
    {
        var renamed = HostedFunction.All.Select(function =>
            function.Name switch
            {
                "WidgetPage" => function with { Name = "LinkPage" },
                "ZUnknownRoute" => function with { Name = "UnknownRoute" },
                _ => function,
            }
        );
        Assert.Equal(
            [
                ("LinkPage", "WidgetAssets"),
                ("UnknownRoute", "UpdateIdentity"),
                ("UnknownRoute", "UpdateIdentityByReference"),
                ("UnknownRoute", "VerifyOneTimeCode"),
                ("UnknownRoute", "VerifyOneTimeCodeV0"),
                ("UnknownRoute", "ViewReviewPicture"),
                ("UnknownRoute", "WidgetAssets"),
                ("UnknownRoute", "WidgetPageCutShort"),
            ],
            HostedFunction.FindHidden(renamed)
        );
    }

    /// <summary>The host hands a function no method that its trigger does not name.</summary>
    [Fact]
    public void Whatever_takes_GET_takes_HEAD_and_nothing_else_does() =>
        Assert.All(
            HostedFunction.All,
            function => Assert.Equal(function.Methods.Contains("GET"), function.Methods.Contains("HEAD"))
        );

    public static TheoryData<string> Gets =>
        [
            .. HostedFunction
                .All.Where(function => function.Methods.Contains("GET"))
                .Select(function => "/" + function.Route),
            "/widget/assets/widget.js",
        ];

    [Theory]
    [MemberData(nameof(Gets))]
    public async Task HEAD_is_answered_as_GET_without_a_body(string route)
    {
        var partner = await app.NewPartnerAsync();
        var path = Parameter().Replace(route, "x");
        foreach (var (name, key) in new[] { ("X-API-Key", partner.Key), ("Accept", "*/*") })
        {
            var (getStatus, getType, _) = await AskAsync(HttpMethod.Get, path, name, key);
            var (status, type, length) = await AskAsync(HttpMethod.Head, path, name, key);
            Assert.Equal((getStatus, getType, 0), (status, type, length));
        }
    }

    /// <summary>
    /// The host also binds parameters by name from the query and from the members of a JSON body: one that is no part
    /// of the template would be its caller's to set.
    /// </summary>
    [Fact]
    public void No_function_has_a_parameter_that_a_caller_could_set_by_its_name()
    {
        foreach (var function in HostedFunction.All)
        {
            var parameters = function.Method.GetParameters();
            Assert.Single(parameters, parameter => parameter.ParameterType == typeof(HttpRequest));
            var others = parameters.Where(parameter =>
                parameter.ParameterType != typeof(HttpRequest) && !parameter.IsDefined(typeof(DurableClientAttribute))
            );
            Assert.Equal(
                function.RouteParameters.Order(StringComparer.Ordinal),
                others.Select(parameter => parameter.Name!).Order(StringComparer.Ordinal)
            );
            Assert.All(others, parameter => Assert.Equal(typeof(string), parameter.ParameterType));
        }
    }

    [Theory]
    [InlineData("?ct=1&http=2&linkId=3&cancellationToken=4")]
    [InlineData("?durable=1&path=2&flow=3&context=4")]
    public async Task Names_of_parameters_in_the_query_and_in_the_body_say_nothing(string query)
    {
        var partner = await app.NewPartnerAsync();
        var names = """{"referenceId":"cust-names","ct":1,"http":2,"linkId":3,"context":4,"body":5,"durable":6}""";
        var created = (await partner.PostAsync("/partner/links", names)).Is(201);
        var path = $"/partner/links/{(string)created.Data["linkId"]!}";
        // They are parameters that the route does not have, and not those of the code.
        Assert.Equal(4, (await partner.GetAsync(path + query)).Is(400).Fields.Length);
        Assert.Equal(4, (await partner.PostAsync($"{path}/revoke{query}", names)).Is(400).Fields.Length);
        var revoked = (await partner.PostAsync($"{path}/revoke", names)).Is(200);
        Assert.EndsWith((string)revoked.Data["linkId"]!, path, StringComparison.Ordinal);
    }

    /// <summary>Between caller and worker headers of one name become one, joined by a comma and a space.</summary>
    [Fact]
    public async Task Two_headers_that_arrive_as_one_are_refused_as_two_are()
    {
        var partner = await app.NewPartnerAsync();
        var body = new { referenceId = "cust-joined" };
        foreach (var keys in new[] { "a, b", "a,b", "a, a", ",", "a," })
        {
            var refused = (await partner.PostLinkAsync(body, keys)).Is(400, "INVALID_REQUEST");
            Assert.Contains("comma", refused.Text, StringComparison.Ordinal);
        }
        var (key, keyTwice) = (("X-API-Key", partner.Key), ("X-API-Key", $"{partner.Key}, {partner.Key}"));
        (await app.PostAsync("/partner/links", body, keyTwice)).Is(401, "UNAUTHORIZED");
        (await app.PostAsync("/partner/links", body, key, key)).Is(401, "UNAUTHORIZED");

        var joined = await app.GetAsync("/nothing", ("X-Request-Id", "a, b"));
        var twice = await app.GetAsync("/nothing", ("X-Request-Id", "a"), ("X-Request-Id", "b"));
        Assert.All([joined, twice], reply => Assert.Matches("^[0-9a-f]{32}$", reply["X-Request-Id"]));

        foreach (var second in new[] { ", x", ", Bearer a:b:c" })
        {
            var signing = new Signing { Header = (id, signature, nonce) => $"Bearer {id}:{signature}:{nonce}{second}" };
            (await partner.Identity.GetAsync("/eapi/v0/nowhere", signing)).Is(401, "40101");
        }

        var link = await partner.CreateLinkAsync();
        var state = $"/widget/links/{link.Id}/state";
        var session = $"Bearer {(string)(await link.OpenAsync()).Is(200).Data["session"]!}";
        (await app.GetAsync(state, ("Authorization", session))).Is(200);
        (await app.GetAsync(state, ("Authorization", $"{session}, {session}"))).Is(401);
        (await app.GetAsync(state, ("Authorization", session), ("Authorization", "x"))).Is(401);
    }

    private async Task<(HttpStatusCode Status, string? MediaType, int Length)> AskAsync(
        HttpMethod method,
        string path,
        string name,
        string value
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(app.Address, path));
        request.Headers.TryAddWithoutValidation(name, value);
        using var client = new HttpClient();
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        return (response.StatusCode, response.Content.Headers.ContentType?.MediaType, body.Length);
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
