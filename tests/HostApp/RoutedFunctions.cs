using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.HostApp;

/// <summary>
/// Functions whose templates overlap. They are tried in the order of their names, so the more specific ones come first;
/// where neither of two is more specific, the order alone decides.
/// </summary>
public static class RoutedFunctions
{
    [Function("ThingA_New")]
    public static IResult New(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/new")] HttpRequest request
    ) => Answer(request, "new");

    [Function("ThingB_ById")]
    public static IResult ById(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "things/{id}")] HttpRequest request
    ) => Answer(request, "by id");

    [Function("PairA_Right")]
    public static IResult Right(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pairs/{left}/b")] HttpRequest request
    ) => Answer(request, "right is b");

    [Function("PairB_Left")]
    public static IResult Left(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "pairs/a/{right}")] HttpRequest request
    ) => Answer(request, "left is a");

    [Function("NumberA")]
    public static IResult Number(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "numbers/{value:int:min(1)}")] HttpRequest request,
        int value
    ) => Answer(request, $"number {value}");

    [Function("NumberB")]
    public static IResult NotANumber(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "numbers/{value}")] HttpRequest request,
        string value
    ) => Answer(request, $"text {value}");

    [Function("VerbA")]
    public static IResult Read(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "verbs")] HttpRequest request
    ) => Answer(request, "read");

    [Function("VerbB")]
    public static IResult Write(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "verbs")] HttpRequest request
    ) => Answer(request, "write");

    [Function("WithoutRoute")]
    public static IResult WithoutRoute([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
        Answer(request, "by name");

    private static IResult Answer(HttpRequest request, string text)
    {
        _ = request;
        return Results.Text(text);
    }
}
