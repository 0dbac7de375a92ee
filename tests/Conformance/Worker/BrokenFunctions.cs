using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Serverless.Conformance.Worker;

/// <summary>Functions that an app must not start with; each is a class of its own.</summary>
public static class Broken
{
    public sealed class QueueTriggerAttribute : TriggerBindingAttribute;

    public sealed class BlobInputAttribute : InputBindingAttribute;

    public sealed class ServiceBusOutAttribute : OutputBindingAttribute;

    public static class SameName
    {
        [Function("Twin")]
        public static IResult One([HttpTrigger(AuthorizationLevel.Anonymous, Route = "one")] HttpRequest request) => Results.Ok(request.Path);

        [Function("twin")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, Route = "two")] HttpRequest request) => Results.Ok(request.Path);
    }

    public static class SameRoute
    {
        [Function("ReadThing")]
        public static IResult One([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "things/{id}")] HttpRequest request) => Results.Ok(request.Path);

        [Function("ReadOther")]
        public static IResult Two([HttpTrigger(AuthorizationLevel.Anonymous, "GET", Route = "things/{name}")] HttpRequest request) => Results.Ok(request.Path);
    }

    public static class NoTrigger
    {
        [Function("Idle")]
        public static void Run(FunctionContext context) => _ = context;
    }

    public static class TwoTriggers
    {
        [Function("Torn")]
        public static void Run([HttpTrigger] HttpRequest request, [TimerTrigger("0 0 * * * *")] TimerInfo timer) => _ = (request, timer);
    }

    public static class OtherTrigger
    {
        [Function("Foreign")]
        public static void Run([QueueTrigger] string text) => _ = text;
    }

    public static class OtherInput
    {
        [Function("Blobby")]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer, [BlobInput] string text) => _ = (timer, text);
    }

    public static class Output
    {
        [Function("Sender")]
        [ServiceBusOut]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class DroppedResult
    {
        [Function("Dropped")]
        public static Task<string> Run([HttpTrigger] HttpRequest request) => Task.FromResult(request.Method);
    }

    public static class UnreadResult
    {
        [Function("Unread")]
        public static int Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) => timer.GetHashCode();
    }

    public static class Unawaited
    {
        [Function("Unawaited")]
        public static ValueTask Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) => timer.IsPastDue ? default : ValueTask.CompletedTask;
    }

    public static class AsyncVoid
    {
        [Function("Adrift")]
        public static async void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer) => await Task.FromResult(timer);
    }

    public static class WrongClient
    {
        [Function("Clientele")]
        public static void Run([TimerTrigger("0 0 * * * *")] TimerInfo timer, [DurableClient] object client) => _ = (timer, client);
    }

    public static class WrongRequest
    {
        [Function("Stringy")]
        public static void Run([HttpTrigger] string body) => _ = body;
    }

    public static class NoContext
    {
        [Function("Contextless")]
        public static void Run([OrchestrationTrigger] string input) => _ = input;
    }

    public static class Unbound
    {
        [Function("Unbound")]
        public static IResult Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "unbound/{id}")] HttpRequest request, string other) => Results.Ok((request, other));
    }

    public static class ContextParameter
    {
        [Function("Contextual")]
        public static void Run([HttpTrigger] HttpRequest request, HttpContext context) => _ = (request, context);
    }

    public static class BadRoute
    {
        [Function("Unclosed")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "a/{b")] HttpRequest request) => _ = request;
    }

    public static class BadSchedule
    {
        [Function("Unscheduled")]
        public static void Run([TimerTrigger("0 0 * * *")] TimerInfo timer) => _ = timer;
    }

    public static class MissingSetting
    {
        [Function("Unset")]
        public static void Run([TimerTrigger("%NoSuchSetting%")] TimerInfo timer) => _ = timer;
    }

    public static class MissingConnection
    {
        [Function("Unconnected")]
        public static void Run([ServiceBusTrigger("events", Connection = "NoSuchConnection")] string text) => _ = text;
    }

    public static class NoSuchQueues
    {
        [Function("Queueless")]
        public static void Run([ServiceBusTrigger("nowhere", Connection = "ServiceBusConnection")] string text) => _ = text;
    }

    public static class Topic
    {
        [Function("Topical")]
        public static void Run([ServiceBusTrigger("topic", "subscription", Connection = "ServiceBusConnection")] string text) => _ = text;
    }

    public static class RetriedRequest
    {
        [Function("Insistent"), FixedDelayRetry(3, "00:00:10")]
        public static void Run([HttpTrigger] HttpRequest request) => _ = request;
    }

    public sealed class Needy(IFormattable missing)
    {
        [Function("Needy")]
        public void Run([HttpTrigger] HttpRequest request) => _ = (request, missing);
    }

    public static class Hidden
    {
        [Function("Hidden")]
        internal static void Run([HttpTrigger] HttpRequest request) => _ = request;
    }
}
