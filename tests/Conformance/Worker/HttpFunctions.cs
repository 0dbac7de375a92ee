using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace Serverless.Conformance.Worker;

public enum Colour
{
    Red,
    Green,
}

public sealed record Order(string Item, int Count);

public static class HttpFunctions
{
    [Function("Hello")]
    public static IResult Hello([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "hello/{name}")] HttpRequest request, string name) =>
        Results.Text($"Hello {name} by {request.Method}");

    [Function("Number")]
    public static Task<IResult> Number([HttpTrigger(AuthorizationLevel.Anonymous, "get", "delete", Route = "numbers/{id:int:min(1)}")] HttpRequest request, int id) =>
        Task.FromResult(Results.Text($"{request.Method} {id + 1}"));

    [Function("Typed")]
    public static IResult Typed(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "typed/{id}/{number}/{flag}/{colour}/{at}")] HttpRequest request,
        Guid id, long number, bool flag, Colour colour, DateTime at) =>
        Results.Text($"{id:N} {number} {flag} {colour} {at:yyyyMMdd}");

    [Function("Paged")]
    public static IResult Paged([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "paged/{page?}")] HttpRequest request, int page = 1) =>
        Results.Text($"page {page}");

    [Function("Rest")]
    public static IResult Rest([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "rest/{*path}")] HttpRequest request, string? path) =>
        Results.Text(path ?? "none");

    [Function("Codes")]
    public static IResult Codes([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "codes/{code:regex(^[a-z]{{3}}$)}")] HttpRequest request, string code) =>
        Results.Text(code);

    [Function("WithoutRoute")]
    public static IResult WithoutRoute([HttpTrigger(AuthorizationLevel.Function)] HttpRequest request) => Results.Text(request.Method);

    [Function("TakeOrder")]
    public static IResult TakeOrder([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "orders")] HttpRequest request, [FromBody] Order order) =>
        Results.Json(order with { Count = order.Count * 2 }, statusCode: 201);

    [Function("Action")]
    public static IActionResult Action([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "action/{kind}")] HttpRequest request, string kind) => kind switch
    {
        "object" => new OkObjectResult(new Order("apple", 2)),
        "json" => new JsonResult(new Order("pear", 3)) { StatusCode = 202 },
        "status" => new StatusCodeResult(418),
        "content" => new ContentResult { Content = "plain", ContentType = "text/plain", StatusCode = 203 },
        "none" => new NoContentResult(),
        _ => new BadRequestObjectResult(new ProblemDetails { Title = "unknown kind" }),
    };

    [Function("Writes")]
    public static Task Writes([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "writes")] HttpRequest request) =>
        request.HttpContext.Response.WriteAsync("written");

    [Function("Silent")]
    public static void Silent([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "silent")] HttpRequest request) => _ = request;

    [Function("Throws")]
    public static IResult Throws([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "throws")] HttpRequest request) =>
        throw new InvalidOperationException("secret detail");

    [Function("Reads")]
    public static async Task<IResult> Reads([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "reads")] HttpRequest request, CancellationToken cancellationToken)
    {
        var length = 0L;
        var buffer = new byte[65536];
        for (int read; (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0;)
            length += read;
        return Results.Text($"{length} {cancellationToken == request.HttpContext.RequestAborted}");
    }

    [Function("Describe")]
    public static IResult Describe([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "describe/{thing}")] HttpRequest request, FunctionContext context)
    {
        _ = request;
        var definition = context.FunctionDefinition;
        return Results.Text(string.Join(" ",
            definition.Name,
            definition.EntryPoint,
            definition.InputBindings["request"].Type,
            definition.OutputBindings["$return"].Type,
            definition.Parameters.Length,
            context.BindingContext.BindingData["thing"],
            Guid.TryParse(context.InvocationId, out _),
            ReferenceEquals(context.GetHttpContext()!.Request, request)));
    }
}
