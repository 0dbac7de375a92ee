using System.Globalization;
using System.Net;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.DurableApp;

/// <summary>Orchestrators that end by themselves, and an HTTP function that starts one.</summary>
public static class Orchestrators
{
    [Function("Start")]
    public static async Task<HttpResponseData> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "start")] HttpRequestData request,
        [DurableClient] DurableTaskClient client
    )
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync("Chain", "http");
        var done = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true);
        var response = request.CreateResponse(HttpStatusCode.OK);
        await response.WriteStringAsync($"{done.RuntimeStatus} {done.SerializedOutput}");
        return response;
    }

    [Function("Chain")]
    public static async Task<string> Chain([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var value = context.GetInput<string>() ?? "";
        for (var step = 0; step < 3; step++)
            value = await context.CallActivityAsync<string>("Append", value);
        context.SetCustomStatus(new { steps = 3 });
        return value;
    }

    [Function("One")]
    public static async Task<int> One([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.CallActivityAsync<int>("Increment", context.GetInput<int>());

    [Function("Many")]
    public static async Task<int> Many([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var number = 0;
        for (var left = context.GetInput<int>(); left > 0; left--)
            number = await context.CallActivityAsync<int>("Increment", number);
        return number;
    }

    [Function("Wide")]
    public static async Task<int> Wide([OrchestrationTrigger] TaskOrchestrationContext context) =>
        (
            await Task.WhenAll(
                Enumerable
                    .Range(0, context.GetInput<int>())
                    .Select(number => context.CallActivityAsync<int>("Increment", number))
            )
        ).Sum();

    [Function("Arguments")]
    public static async Task<string> Arguments([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CallActivityAsync("Nothing", context.InstanceId);
        int[] numbers = [7];
        var one = await context.CallActivityAsync<int>("Sum", numbers);
        numbers = [1, 2, 3];
        var three = await context.CallActivityAsync<int>("Sum", numbers);
        return $"{one} {three} {context.Version} {context.Name}";
    }

    [Function("Failing")]
    public static async Task<string> Failing([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallActivityAsync<string>("AlwaysFail", "inner");
        }
        catch (TaskFailedException ex)
        {
            throw new InvalidOperationException(
                $"gives up: {ex.FailureDetails.ErrorType} {ex.FailureDetails.InnerFailure?.ErrorMessage}"
            );
        }
    }

    [Function("FailureOf")]
    public static async Task<string> FailureOf([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallActivityAsync<string>(context.GetInput<string>()!, "it");
        }
        catch (TaskFailedException ex)
        {
            return $"{ex.FailureDetails.ErrorType}: {ex.FailureDetails.ErrorMessage}";
        }
    }

    [Function("Parent")]
    public static async Task<string> Parent([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var fine = await context.CallSubOrchestratorAsync<string>("Chain", "sub");
        try
        {
            return await context.CallSubOrchestratorAsync<string>("Failing");
        }
        catch (TaskFailedException ex)
        {
            return $"{fine} / {ex.FailureDetails.ErrorType}";
        }
    }

    [Function("ParentOf")]
    public static async Task<string> ParentOf([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<string>(context.GetInput<string>()!);
        }
        catch (TaskFailedException)
        {
            return "failed";
        }
    }

    [Function("LargeStatus")]
    public static Task<string> LargeStatus([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus(new string('x', context.GetInput<int>()));
        return Task.FromResult("fine");
    }

    [Function("Retrying")]
    public static async Task<string> Retrying([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var policy = new RetryPolicy(
            maxNumberOfAttempts: 4,
            firstRetryInterval: context.GetInput<TimeSpan>(),
            backoffCoefficient: 2
        );
        var started = context.CurrentUtcDateTime;
        var result = await context.CallActivityAsync<string>(
            "FailTwice",
            context.InstanceId,
            TaskOptions.FromRetryPolicy(policy)
        );
        return string.Create(CultureInfo.InvariantCulture, $"{result} after {context.CurrentUtcDateTime - started}");
    }
}
