using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Hosting;

/// <summary>Connects every function with what starts it.</summary>
internal sealed class TriggerConnector(
    IServiceProvider services, IConfiguration settings, HostJson host, InvocationPipeline pipeline, TimeProvider clock, ILoggerFactory loggers)
{
    /// <exception cref="StartupException">A trigger is wrong; the message names its function.</exception>
    public void Connect(IEndpointRouteBuilder endpoints, IReadOnlyList<LocalFunctionDefinition> functions, ParameterBinders binders, TriggerListeners listeners)
    {
        var http = new HttpEndpoints(pipeline, loggers);
        var routes = new List<(LocalFunctionDefinition, RoutePattern)>();
        foreach (var function in functions)
        {
            var pattern = function.Trigger is HttpTriggerAttribute ? HttpEndpoints.Pattern(function, host.RoutePrefix) : null;
            CheckConstructor(function);
            function.Invoker = new FunctionInvoker(function.Method, binders.For(function, pattern));
            switch (function.Trigger)
            {
                case HttpTriggerAttribute trigger:
                    function.Description = ("HTTP", $"{string.Join(", ", trigger.Methods ?? ["any"]).ToUpperInvariant()} {pattern!.RawText}");
                    routes.Add((function, pattern));
                    http.Map(endpoints, function, pattern);
                    break;
                case ServiceBusTriggerAttribute:
                    listeners.All.Add(Queue(function));
                    break;
                case TimerTriggerAttribute:
                    listeners.All.Add(Timer(function));
                    break;
                default:
                    function.Description = (function.Trigger is OrchestrationTriggerAttribute ? "Orchestration" : "Activity", "");
                    break;
            }
            if (function.Method.GetCustomAttribute<RetryAttribute>() is not null && function.Trigger is not TimerTriggerAttribute)
                throw new StartupException($"Function '{function.Name}' ({function.EntryPoint}) has a retry attribute, which only timers support. Remove it; queues and orchestrations have retries of their own.");
        }
        HttpEndpoints.CheckConflicts(routes);
    }

    /// <summary>A service that is not registered would fail every invocation.</summary>
    private void CheckConstructor(LocalFunctionDefinition function)
    {
        if (function.Method.IsStatic || function.Method.DeclaringType!.GetConstructors() is not [var constructor])
            return;
        var known = services.GetRequiredService<IServiceProviderIsService>();
        foreach (var parameter in constructor.GetParameters())
            if (!parameter.HasDefaultValue && parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is null && !known.IsService(parameter.ParameterType))
                throw new StartupException($"Function '{function.Name}' ({function.EntryPoint}) needs a {parameter.ParameterType.FullName}, which is not registered. Add it to builder.Services in Program.cs.");
    }

    private ServiceBusListener Queue(LocalFunctionDefinition function)
    {
        var queue = LocalSettings.Resolve(((ServiceBusTriggerAttribute)function.Trigger).QueueName!, settings, function);
        function.Description = ("Service Bus", queue);
        return new ServiceBusListener(
            function, queue, ServiceBusNamespaces.Connect(function, settings), host.ServiceBus, pipeline, loggers.CreateLogger("Function." + function.Name));
    }

    private TimerListener Timer(LocalFunctionDefinition function)
    {
        var text = LocalSettings.Resolve(((TimerTriggerAttribute)function.Trigger).Schedule, settings, function);
        function.Description = ("Timer", text);
        var retry = function.Method.GetCustomAttribute<RetryAttribute>();
        try
        {
            if (!text.Contains(' ', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out _))
                throw new FormatException($"'{text}' is an interval, which Azure supports on dedicated plans only; write a schedule such as '0 */5 * * * *'.");
            if (retry is not null)
                TimerListener.Delay(retry, 0);
            return new TimerListener(function, NCrontab.Parse(text), retry, pipeline, clock, loggers.CreateLogger("Function." + function.Name));
        }
        catch (FormatException ex)
        {
            throw new StartupException($"Function '{function.Name}' ({function.EntryPoint}) has a wrong schedule: {ex.Message}", ex);
        }
    }
}
