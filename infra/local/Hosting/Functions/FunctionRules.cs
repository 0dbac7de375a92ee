using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.Local.Hosting;

/// <summary>What the platforms do not support, or accept and then silently ignore: refused when the app starts.</summary>
internal static class FunctionRules
{
    public static void Check(LocalFunctionDefinition function, string where)
    {
        CheckTrigger(function, where);
        CheckReturn(function, where);
        foreach (var parameter in function.Method.GetParameters())
        {
            if (parameter.ParameterType.IsByRef)
                throw new StartupException($"{where} has a parameter '{parameter.Name}' passed by reference, which cannot be bound. Pass it by value.");
            if (parameter.GetCustomAttribute<DurableClientAttribute>() is not { } client)
                continue;
            if (parameter.ParameterType != typeof(DurableTaskClient))
                throw new StartupException($"{where} has [DurableClient] on '{parameter.Name}' of type {parameter.ParameterType.Name}. Only a parameter of exactly the type DurableTaskClient is bound.");
            if (client.TaskHub is not null || client.ConnectionName is not null)
                throw new StartupException($"{where} has [DurableClient] with a task hub or connection of its own, which the local platform does not support. Leave both out.");
        }
    }

    private static void CheckTrigger(LocalFunctionDefinition function, string where)
    {
        var type = function.TriggerParameter.ParameterType;
        switch (function.Trigger)
        {
            case HttpTriggerAttribute when type != typeof(HttpRequest):
                throw Wrong("HttpTrigger", "HttpRequest (of Microsoft.AspNetCore.Http)");
            case TimerTriggerAttribute when type != typeof(TimerInfo):
                throw Wrong("TimerTrigger", nameof(TimerInfo));
            case OrchestrationTriggerAttribute when type != typeof(TaskOrchestrationContext):
                throw Wrong("OrchestrationTrigger", nameof(TaskOrchestrationContext));
            case ServiceBusTriggerAttribute { QueueName: null }:
                throw new StartupException($"{where} listens to a topic. The local platform has queues only.");
            case ServiceBusTriggerAttribute { IsSessionsEnabled: true } or ServiceBusTriggerAttribute { IsBatched: true }:
                throw new StartupException($"{where} asks for sessions or batches, which the local platform does not support. Take one message at a time, without sessions.");
            case ServiceBusTriggerAttribute when type.IsArray && type != typeof(byte[]):
                throw new StartupException($"{where} takes an array of messages without IsBatched. Take one message at a time.");
            case HttpTriggerAttribute or TimerTriggerAttribute or OrchestrationTriggerAttribute or ServiceBusTriggerAttribute or ActivityTriggerAttribute:
                return;
            default:
                throw new StartupException($"{where} has a trigger {function.Trigger.GetType().Name}, which the local platform does not support. It has HTTP, Service Bus, timer, orchestration and activity triggers.");
        }

        StartupException Wrong(string trigger, string expected) =>
            new($"{where} has [{trigger}] on '{function.TriggerParameter.Name}' of type {type.Name}. Make it {expected}.");
    }

    private static void CheckReturn(LocalFunctionDefinition function, string where)
    {
        var declared = function.Method.ReturnType;
        if (declared == typeof(void) && function.Method.GetCustomAttribute<AsyncStateMachineAttribute>() is not null)
            throw new StartupException($"{where} is async void: nobody could wait for it. Return Task.");
        if (declared == typeof(ValueTask) || declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(ValueTask<>))
            throw new StartupException($"{where} returns {Display(declared)}, which the worker does not await. Return Task.");
        if (declared == typeof(void) || declared == typeof(Task) || function.Trigger is OrchestrationTriggerAttribute or ActivityTriggerAttribute)
            return;

        var result = declared.IsGenericType && declared.GetGenericTypeDefinition() == typeof(Task<>) ? declared.GetGenericArguments()[0] : declared;
        if (function.Trigger is not HttpTriggerAttribute)
            throw new StartupException($"{where} returns {Display(declared)}, which nothing would read. Return Task or void.");
        if (!typeof(IResult).IsAssignableFrom(result) && !typeof(IActionResult).IsAssignableFrom(result))
            throw new StartupException($"{where} returns {Display(declared)}, which the real worker silently drops: the client would get an empty 200. Return IResult or IActionResult, or write to HttpContext.Response and return Task.");
    }

    private static string Display(Type type) =>
        type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Display))}>" : type.Name;
}
