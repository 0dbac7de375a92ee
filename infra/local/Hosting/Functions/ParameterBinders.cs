using System.Reflection;
using Azure.Core.Serialization;
using Azure.Messaging.ServiceBus;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Serverless.Local.Hosting;

/// <summary>Decides once, when the app starts, where each parameter of a function comes from.</summary>
internal sealed class ParameterBinders(ObjectSerializer serializer, DataConverter converter, Func<DurableTaskClient> durableClient)
{
    /// <exception cref="StartupException">A parameter would never get a value.</exception>
    public ParameterBinder[] For(LocalFunctionDefinition function, RoutePattern? route)
    {
        var names = function.Trigger switch
        {
            HttpTriggerAttribute => route!.Parameters.Select(parameter => parameter.Name).ToHashSet(StringComparer.OrdinalIgnoreCase),
            ServiceBusTriggerAttribute => MessageData.Names,
            ActivityTriggerAttribute => DurableFunctions.ActivityData,
            _ => [],
        };
        var inputTaken = false;
        return [.. function.Method.GetParameters().Select(Choose)];

        ParameterBinder Choose(ParameterInfo parameter)
        {
            var type = parameter.ParameterType;
            if (parameter.Position == function.TriggerParameter.Position)
                return TriggerBinder(function, type);
            if (type == typeof(FunctionContext))
                return context => new(context);
            if (type == typeof(CancellationToken))
                return context => new(context.CancellationToken);
            if (parameter.GetCustomAttribute<DurableClientAttribute>() is not null)
                return _ => new(durableClient());
            if (parameter.GetCustomAttribute<InputConverterAttribute>() is { } input)
                return input is FromBodyAttribute && function.Trigger is HttpTriggerAttribute
                    ? context => RequestBody.ReadAsync(context, type)
                    : throw Refuse(parameter, $"has [{input.GetType().Name}], which the local platform does not support here. It has [FromBody] of Microsoft.Azure.Functions.Worker.Http on functions with an HTTP trigger.");
            if (type == typeof(ServiceBusMessageActions) && function.Trigger is ServiceBusTriggerAttribute)
                return context => new(new ServiceBusMessageActions((ProcessMessageEventArgs)context.TriggerValue!));
            if (type == typeof(HttpContext))
                throw Refuse(parameter, "is an HttpContext, which the worker does not bind. Call GetHttpContext() on a FunctionContext parameter.");
            if (names.Contains(parameter.Name!))
                return RouteValue.IsSupported(type)
                    ? Named(new FunctionParameter(parameter.Name!, type, parameter.HasDefaultValue, parameter.HasDefaultValue ? parameter.DefaultValue : null))
                    : throw Refuse(parameter, $"is a {type.Name}. Values by name can be string, Guid, a number, bool, a date or an enum.");
            if (function.Trigger is OrchestrationTriggerAttribute && !inputTaken)
            {
                inputTaken = true;
                return OrchestratorInput(type);
            }
            throw Refuse(parameter, function.Trigger is HttpTriggerAttribute
                ? "has no source: it is neither a route value nor bound by an attribute. Add it to the route, mark it [FromBody] of Microsoft.Azure.Functions.Worker.Http, or take a service through the constructor."
                : "has no source. Take a service through the constructor.");
        }

        StartupException Refuse(ParameterInfo parameter, string reason) =>
            new($"Parameter '{parameter.Name}' of function '{function.Name}' ({function.EntryPoint}) {reason}");
    }

    private static ParameterBinder Named(FunctionParameter parameter) => context =>
        new(context.Data.TryGetValue(parameter.Name, out var value) && value is not null
            ? RouteValue.Convert(parameter.Name, parameter.Type, value)
            : RouteValue.Missing(parameter));

    private static ParameterBinder OrchestratorInput(Type type)
    {
        var read = typeof(ParameterBinders).GetMethod(nameof(ReadInput), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
            .CreateDelegate<Func<TaskOrchestrationContext, object?>>();
        return context => new(read((TaskOrchestrationContext)context.TriggerValue!));
    }

    private static object? ReadInput<T>(TaskOrchestrationContext context) => context.GetInput<T>();

    private ParameterBinder TriggerBinder(LocalFunctionDefinition function, Type type) => function.Trigger switch
    {
        ServiceBusTriggerAttribute => context => new(MessageData.Read(((ProcessMessageEventArgs)context.TriggerValue!).Message, type, serializer)),
        ActivityTriggerAttribute => context => new(converter.Deserialize((string?)context.TriggerValue, type)),
        _ => context => new(context.TriggerValue),
    };
}
