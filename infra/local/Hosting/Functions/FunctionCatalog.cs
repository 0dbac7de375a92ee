using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Serverless.Local.Hosting;

/// <summary>The functions of an app.</summary>
internal static class FunctionCatalog
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <exception cref="StartupException">A function breaks a rule of the platform; the message names it.</exception>
    public static IReadOnlyList<LocalFunctionDefinition> Discover(IEnumerable<Type> types)
    {
        var functions = new Dictionary<string, LocalFunctionDefinition>(StringComparer.OrdinalIgnoreCase);
        foreach (var method in types.SelectMany(type => type.GetMethods(Declared)))
        {
            if (method.GetCustomAttribute<FunctionAttribute>() is not { } attribute)
                continue;
            var function = Define(attribute.Name, method);
            if (!functions.TryAdd(attribute.Name, function))
                throw new StartupException($"Two functions are named '{attribute.Name}': {functions[attribute.Name].EntryPoint} and {function.EntryPoint}. Give each a name of its own.");
        }
        return [.. functions.Values.OrderBy(function => function.Name, StringComparer.Ordinal)];
    }

    private static LocalFunctionDefinition Define(string name, MethodInfo method)
    {
        var where = $"Function '{name}' ({method.DeclaringType!.FullName}.{method.Name})";
        // The class may be internal: the worker's generated code then falls back to its reflection-based executor.
        if (!method.IsPublic)
            throw new StartupException($"{where} is not public. Make the method public, or the worker does not find it.");
        if (method.DeclaringType.ContainsGenericParameters || method.ContainsGenericParameters)
            throw new StartupException($"{where} is generic. A function needs a closed class and method.");
        if (method is { IsStatic: false, DeclaringType.IsAbstract: true })
            throw new StartupException($"{where} is in an abstract class. Make the class concrete or the method static.");

        foreach (var output in OutputsOf(method))
            throw new StartupException($"{where} has an output binding {output.GetType().Name}, which the local platform does not support. Use the client of the service instead.");

        var triggers = new List<(ParameterInfo Parameter, TriggerBindingAttribute Attribute)>();
        foreach (var parameter in method.GetParameters())
            foreach (var binding in parameter.GetCustomAttributes<BindingAttribute>())
                if (binding is TriggerBindingAttribute trigger)
                    triggers.Add((parameter, trigger));
                else if (binding is not DurableClientAttribute)
                    throw new StartupException($"{where} has a binding {binding.GetType().Name} on '{parameter.Name}', which the local platform does not support. Use the client of the service instead.");

        if (triggers.Count == 0)
            throw new StartupException($"{where} has no trigger. Put a trigger attribute such as [HttpTrigger] on one of its parameters.");
        if (triggers.Count > 1)
            throw new StartupException($"{where} has {triggers.Count} triggers. Keep one and make a function of each other one.");

        var function = new LocalFunctionDefinition(name, method, triggers[0].Parameter, triggers[0].Attribute);
        FunctionRules.Check(function, where);
        return function;
    }

    private static IEnumerable<OutputBindingAttribute> OutputsOf(MethodInfo method)
    {
        var result = method.ReturnType is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Task<>)
            ? type.GetGenericArguments()[0]
            : method.ReturnType;
        return method.GetCustomAttributes<OutputBindingAttribute>()
            .Concat(result.GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property => property.GetCustomAttributes<OutputBindingAttribute>()));
    }
}
