using System.Collections.Immutable;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Serverless.Local.Hosting;

/// <summary>A function as the catalogue found it: its method, its trigger and how it is called.</summary>
internal sealed class LocalFunctionDefinition(string name, MethodInfo method, ParameterInfo triggerParameter, TriggerBindingAttribute trigger) : FunctionDefinition
{
    public override string Name => name;
    public override string Id { get; } = Stable(name);
    public override string EntryPoint { get; } = $"{method.DeclaringType!.FullName}.{method.Name}";
    public override string PathToAssembly { get; } = method.DeclaringType!.Assembly.Location;

    public override ImmutableArray<FunctionParameter> Parameters { get; } =
        [.. method.GetParameters().Select(parameter => new FunctionParameter(
            parameter.Name!, parameter.ParameterType, parameter.HasDefaultValue, parameter.HasDefaultValue ? parameter.DefaultValue : null))];

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } = Inputs(method, triggerParameter, trigger);

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; } = trigger is HttpTriggerAttribute
        ? ImmutableDictionary<string, BindingMetadata>.Empty.Add("$return", new LocalBinding("$return", "http", BindingDirection.Out))
        : ImmutableDictionary<string, BindingMetadata>.Empty;

    public MethodInfo Method => method;
    public ParameterInfo TriggerParameter => triggerParameter;
    public TriggerBindingAttribute Trigger => trigger;

    /// <summary>Calls the method; set once while the app starts.</summary>
    public FunctionInvoker Invoker { get; set; } = null!;

    /// <summary>What the status page says of the trigger.</summary>
    public (string Kind, string Detail) Description { get; set; }

    public static string BindingType(BindingAttribute attribute) => attribute switch
    {
        HttpTriggerAttribute => "httpTrigger",
        ServiceBusTriggerAttribute => "serviceBusTrigger",
        TimerTriggerAttribute => "timerTrigger",
        OrchestrationTriggerAttribute => "orchestrationTrigger",
        ActivityTriggerAttribute => "activityTrigger",
        DurableClientAttribute => "durableClient",
        _ => attribute.GetType().Name,
    };

    private static ImmutableDictionary<string, BindingMetadata> Inputs(MethodInfo method, ParameterInfo triggerParameter, TriggerBindingAttribute trigger)
    {
        var inputs = ImmutableDictionary<string, BindingMetadata>.Empty
            .Add(triggerParameter.Name!, new LocalBinding(triggerParameter.Name!, BindingType(trigger), BindingDirection.In));
        foreach (var parameter in method.GetParameters())
            if (parameter.GetCustomAttribute<InputBindingAttribute>() is { } input)
                inputs = inputs.Add(parameter.Name!, new LocalBinding(parameter.Name!, BindingType(input), BindingDirection.In));
        return inputs;
    }

    private static string Stable(string name) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)).AsSpan(0, 8));

    private sealed class LocalBinding(string name, string type, BindingDirection direction) : BindingMetadata
    {
        public override string Name => name;
        public override string Type => type;
        public override BindingDirection Direction => direction;
    }
}
