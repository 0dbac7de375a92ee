using System.Text.Json;
using Serverless.Local.Hosting;
using Serverless.Local.Triggers;
using Serverless.Local.Worker;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>No function hides another: routes are tried in the order of the functions' names.</summary>
public sealed class HttpRouteTests
{
    [Theory]
    [InlineData("things/{id}", "things/new")]
    [InlineData("things/{id}", "things/{name}")]
    [InlineData("things/{id}", "things/{name:int}")]
    [InlineData("things/{id:int}", "THINGS/{number:int}")]
    [InlineData("things/{id?}", "things")]
    [InlineData("things/{id?}", "things/{id}")]
    [InlineData("things/{id=1}", "things")]
    [InlineData("{*rest}", "things/new")]
    [InlineData("things/{*rest}", "things")]
    [InlineData("things/{*rest}", "things/{id}/parts")]
    [InlineData("things/{*rest}", "things/{*other}")]
    [InlineData("{a}/{b}", "things/new")]
    [InlineData("things/{id:int}", "things/7")]
    [InlineData("files/{name}", "files/{name}.{extension}")]
    [InlineData("files/{name}.{extension}", "files/{a}.{b}")]
    [InlineData("things/{id:int}", "things/{id:int:min(1)}")]
    public void A_template_that_takes_everything_of_a_later_one_is_refused(string early, string late)
    {
        var refusal = Assert.Throws<StartupException>(() =>
            HttpRoute.CheckAllReachable([Route("A", early), Route("B", late)])
        );

        Assert.StartsWith(
            $"Function 'A' (api/{early}) takes requests for 'B' (api/{late})",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("things/new", "things/{id}")]
    [InlineData("things/{id:int}", "things/{id}")]
    [InlineData("things/{id:int}", "things/{id:guid}")]
    [InlineData("things/{id:int}", "things/new")]
    [InlineData("things/{left}/b", "things/a/{right}")]
    [InlineData("things", "things/{id?}")]
    [InlineData("things/{id}", "things/{id?}")]
    [InlineData("things/{id:int:min(8)}", "things/7")]
    [InlineData("things/{id}", "things/{id}/parts")]
    [InlineData("things/{id}", "things/{*rest}")]
    [InlineData("files/{name}.{extension}", "files/{name}")]
    [InlineData("other/{*rest}", "things")]
    public void A_later_template_that_gets_what_is_left_is_fine(string early, string late) =>
        HttpRoute.CheckAllReachable([Route("A", early), Route("B", late)]);

    [Theory]
    [InlineData("get", "post", false)]
    [InlineData("get", "get", true)]
    [InlineData("get post", "post put", true)]
    [InlineData("", "post", true)]
    [InlineData("post", "", true)]
    public void Methods_keep_two_functions_apart(string early, string late, bool hides) =>
        Assert.Equal(hides, Route("A", "things", early).Hides(Route("B", "things", late)));

    [Theory]
    [InlineData("things/{id")]
    [InlineData("things//a")]
    [InlineData("things/{id}/{id}")]
    [InlineData("{*rest}/more")]
    [InlineData("things/{id:nonsense}")]
    [InlineData("things/{id:min(x)}")]
    public void A_template_that_is_none_is_refused_by_the_functions_name(string template)
    {
        var refusal = Assert.Throws<StartupException>(() => HttpRoute.CheckAllReachable([Route("A", template)]));

        Assert.StartsWith(
            $"Function 'A' (App.A) has the route 'api/{template}', which is no route template",
            refusal.Message,
            StringComparison.Ordinal
        );
    }

    private static HttpRoute Route(string name, string template, string methods = "")
    {
        var trigger = JsonSerializer.SerializeToElement(
            new
            {
                type = "httpTrigger",
                name = "request",
                route = template,
                methods = methods.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            }
        );
        return HttpRoute.Of(new LoadedFunction(name, name, "App." + name, trigger, [], null), "api");
    }
}
