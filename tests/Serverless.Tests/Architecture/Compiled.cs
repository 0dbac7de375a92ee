using System.Reflection;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Serverless.Functions;
using Serverless.Functions.Http;

namespace Serverless.Tests.Architecture;

/// <summary>The app's code as it was compiled: what its methods name and call.</summary>
internal static class Compiled
{
    private static readonly ModuleDefinition Module = ModuleDefinition.ReadModule(
        typeof(AppServices).Assembly.Location,
        new ReaderParameters { InMemory = true }
    );

    /// <summary>Every method that has a body: of types within types, too, as those of lambdas and of what awaits.</summary>
    public static IReadOnlyList<MethodDefinition> Methods { get; } =
    [.. Module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody)];

    /// <summary>What a method was compiled to: its body, or that of the type that awaits in its place.</summary>
    private static IEnumerable<MethodDefinition> BodiesOf(MethodInfo function) =>
        Methods.Where(method =>
            Outermost(method.DeclaringType).FullName == function.DeclaringType!.FullName
            && (
                method.Name == function.Name
                || method.DeclaringType.Name.StartsWith($"<{function.Name}>", StringComparison.Ordinal)
            )
        );

    /// <summary>The type that is not within another one.</summary>
    public static TypeDefinition Outermost(TypeDefinition type)
    {
        while (type.DeclaringType is { } outer)
            type = outer;
        return type;
    }

    /// <summary>The texts that a method holds.</summary>
    public static IEnumerable<string> Texts(MethodDefinition method) =>
        method
            .Body.Instructions.Where(instruction => instruction.OpCode == OpCodes.Ldstr)
            .Select(instruction => (string)instruction.Operand);

    /// <summary>The methods that a method calls.</summary>
    public static IEnumerable<MethodReference> Calls(MethodDefinition method) =>
        method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>();

    /// <summary>The parameters of the query that a method reads, by itself or by what it hands its query to.</summary>
    public static IReadOnlySet<string> QueryParametersOf(MethodInfo function)
    {
        var names = new HashSet<string>();
        var seen = new HashSet<string>();
        var waiting = new Queue<MethodDefinition>(BodiesOf(function));
        while (waiting.TryDequeue(out var method))
        {
            if (!seen.Add(method.FullName))
                continue;
            names.UnionWith(NamesAskedFor(method));
            foreach (var called in Calls(method).Select(call => call.Resolve()).Where(TakesQuery))
                waiting.Enqueue(called!);
        }
        return names;
    }

    /// <summary>A text right after a query: the name that the query is asked for.</summary>
    private static IEnumerable<string> NamesAskedFor(MethodDefinition method) =>
        from instruction in method.Body.Instructions
        where instruction.OpCode == OpCodes.Ldstr && instruction.Previous is { } before && IsQuery(method, before)
        select (string)instruction.Operand;

    private static bool IsQuery(MethodDefinition method, Instruction instruction)
    {
        var type = instruction.OpCode.Code switch
        {
            Code.Ldarg_0 when method.HasThis => method.DeclaringType,
            Code.Ldarg_0 => method.Parameters[0].ParameterType,
            Code.Ldarg_1 => method.Parameters.ElementAtOrDefault(method.HasThis ? 0 : 1)?.ParameterType,
            Code.Ldloc_0 => method.Body.Variables[0].VariableType,
            Code.Ldloc_1 => method.Body.Variables[1].VariableType,
            Code.Ldloc_2 => method.Body.Variables[2].VariableType,
            Code.Ldloc_3 => method.Body.Variables[3].VariableType,
            _ => instruction.Operand switch
            {
                VariableDefinition variable => variable.VariableType,
                ParameterDefinition parameter => parameter.ParameterType,
                FieldReference field => field.FieldType,
                _ => null,
            },
        };
        return type?.FullName == typeof(QueryInput).FullName;
    }

    private static bool TakesQuery(MethodDefinition? method) =>
        method is { HasBody: true }
        && (
            method.Parameters.Any(parameter => parameter.ParameterType.FullName == typeof(QueryInput).FullName)
            || (method.DeclaringType.FullName == typeof(QueryInput).FullName && method.Parameters.Count == 0)
        );
}
