using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Console;

namespace Serverless.Functions.Desk;

/// <summary><c>GET /desk</c>: the page for operators.</summary>
internal sealed class DeskPage
{
    private const string Name = "Operator's desk";

    [Function(nameof(DeskPage))]
    public static IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "desk")] HttpRequest http
    ) => ConsoleShell.Show(http, Name, "desk.js");

    // The host matches functions in the order of their names: this one comes after those at an address of their own.
    [Function("DeskUnknownPage")]
    public static IResult RunUnknown(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "desk/{*path}")] HttpRequest http,
        string? path
    ) => ConsoleShell.ShowUnknown(http, Name);
}
