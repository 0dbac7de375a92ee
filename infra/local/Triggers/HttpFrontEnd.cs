using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Local.Hosting;
using Serverless.Local.Worker;

namespace Serverless.Local.Triggers;

/// <summary>
/// Routes requests to functions as Azure's host does: templates are tried in the order of the functions' names, and the
/// first that fits wins, however specific another one is.
/// </summary>
internal sealed class HttpFrontEnd(HttpForwarding forwarding, FunctionKeys keys)
{
    /// <summary>Adds the routes of all functions; what no template fits is 404 without a body.</summary>
    /// <exception cref="StartupException">A template is malformed, or hides a function from all requests.</exception>
    public void Map(IApplicationBuilder app, IEnumerable<LoadedFunction> functions, string prefix)
    {
        var routes = new RouteCollection();
        var constraints = app.ApplicationServices.GetRequiredService<IInlineConstraintResolver>();
        var http = functions
            .Where(function => function.Is("httpTrigger"))
            .Select(function => HttpRoute.Of(function, prefix))
            .ToList();
        HttpRoute.CheckAllReachable(http);
        foreach (var route in http)
            routes.Add(
                new Route(
                    new RouteHandler(context => AnswerAsync(route, context)),
                    route.Function.Name,
                    route.Template,
                    defaults: null,
                    constraints: route.MethodConstraint,
                    dataTokens: null,
                    constraints
                )
            );
        app.UseRouter(routes);
    }

    private async Task AnswerAsync(HttpRoute route, HttpContext http)
    {
        if (!keys.Allow(route, http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }
        // Where no key is asked for, what an operator may do is at least no other site's to do from a browser on this
        // machine.
        if (route.NeedsKey && !keys.AreRequired && !LocalRoutes.IsOfThisMachine(http))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        await forwarding.ForwardAsync(route.Function, http, http.GetRouteData().Values);
    }
}
