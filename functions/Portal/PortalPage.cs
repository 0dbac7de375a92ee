using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Console;

namespace Serverless.Functions.Portal;

/// <summary><c>GET /portal</c>: the page for a partner's engineers and support staff.</summary>
internal sealed class PortalPage
{
    private const string Name = "Me2Me Portal";

    [Function(nameof(PortalPage))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "portal")] HttpRequest http
    ) => ConsoleShell.Show(http, Name, "portal.js");

    // The host matches functions in the order of their names: this one comes after those at an address of their own.
    [Function("PortalUnknownPage")]
    public static IResult RunUnknown(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "portal/{*path}")] HttpRequest http,
        string? path
    ) => ConsoleShell.ShowUnknown(http, Name);
}
