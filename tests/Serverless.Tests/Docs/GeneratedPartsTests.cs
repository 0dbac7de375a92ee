using System.Globalization;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;
using Xunit;

namespace Serverless.Tests.Docs;

/// <summary>The tables of the guides that are made from the code say what the API does.</summary>
public sealed class GeneratedPartsTests(TestApp app) : IClassFixture<TestApp>
{
    private readonly DocsSitePages _docs = new(app);

    [Fact]
    public async Task The_guide_on_errors_has_every_code_of_every_document_with_its_statuses_and_its_meaning()
    {
        var rows = (await _docs.GetAsync("/docs/errors")).Rows.Where(row => row.Length == 3).ToList();
        foreach (var function in FunctionApis.All.Where(one => ApiDescription.All.Any(api => api.Has(one))))
        foreach (var error in new ApiErrors(XmlDocs.Load()).Of(function))
            Assert.True(
                rows.Exists(row =>
                    row[0] == $"{error.Code}"
                    && row[1].Split(", ").Contains($"{error.Status}")
                    && row[2].Split(" Answered by ") is [{ Length: > 20 }, var routes]
                    && Answers(routes, function)
                ),
                $"The guide does not say that {function.Name} answers {error.Status} {error.Code}, and what it means."
            );
        Assert.Contains(rows, row => row is [ErrorCodes.MethodNotAllowed, "405", ..]);
    }

    private static bool Answers(string routes, HttpFunction function)
    {
        var named = routes
            .TrimEnd('.')
            .Split(", ")
            .SelectMany(part => part.Split("all routes but "))
            .Contains(Name(function));
        return routes.StartsWith("all", StringComparison.Ordinal) ? !named : named;
    }

    private static string Name(HttpFunction function) =>
        $"{function.Methods.First(method => method != "HEAD")} /{function.Route}";

    [Fact]
    public async Task The_guide_on_webhooks_has_every_event_and_the_members_that_arrive()
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, [.. PartnerEvents.All]);
        await partner.CreateLinkAsync();
        await app.IdleAsync();
        var created = Assert.Single(inbox.Received, webhook => webhook.Event == PartnerEvents.LinkCreated).Json;

        var rows = (await _docs.GetAsync("/docs/webhooks"))
            .Rows.Where(row => row.Length == 3 && PartnerEvents.All.Contains(row[0]))
            .ToDictionary(row => row[0]);
        Assert.Equal(PartnerEvents.All.Order(), rows.Keys.Order());
        Assert.Equal(
            PartnerEvents.OnByDefault.Order(),
            rows.Values.Where(row => row[1] == "yes").Select(row => row[0]).Order()
        );
        Assert.StartsWith("A link was created.", rows[PartnerEvents.LinkCreated][2], StringComparison.Ordinal);
        var members = rows[PartnerEvents.LinkCreated][2].Split(". ")[1].Split(", ");
        Assert.Subset(members.ToHashSet(), created["data"]!.AsObject().Select(member => member.Key).ToHashSet());
        Assert.Contains("url", members);
    }

    [Fact]
    public async Task The_guide_on_rate_limits_has_the_limits_that_answers_show()
    {
        var rows = (await _docs.GetAsync("/docs/rate-limits")).Rows.Where(row => row.Length == 3).ToList();
        string LimitOf(string route) => rows.Single(row => row[0].Contains(route, StringComparison.Ordinal))[1];
        var partner = await app.NewPartnerAsync();
        var created = await partner.PostAsync("/partner/links", new { referenceId = "cust-limits" });
        Assert.Equal(created["X-RateLimit-Limit"], LimitOf("POST /partner/links"));
        Assert.Equal(
            (await partner.GetAsync("/partner/me"))["X-RateLimit-Limit"],
            LimitOf("all others under /partner")
        );
        Assert.Equal("120", LimitOf("/eapi"));
        Assert.All(rows.Skip(1), row => Assert.InRange(int.Parse(row[1], CultureInfo.InvariantCulture), 1, 100_000));
    }
}
