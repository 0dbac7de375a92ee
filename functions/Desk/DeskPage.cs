using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Console;

namespace Serverless.Functions.Desk;

/// <summary><c>GET /desk</c>: the page for operators.</summary>
internal sealed class DeskPage
{
    [Function(nameof(DeskPage))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "desk")] HttpRequest http
    ) => ConsoleShell.Show(http, "Operator's desk", "desk.js");
}
