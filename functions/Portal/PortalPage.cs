using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Console;

namespace Serverless.Functions.Portal;

/// <summary><c>GET /portal</c>: the page for a partner's engineers and support staff.</summary>
internal sealed class PortalPage
{
    [Function(nameof(PortalPage))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "portal")] HttpRequest http
    ) => ConsoleShell.Show(http, "Me2Me Portal", "portal.js");
}
