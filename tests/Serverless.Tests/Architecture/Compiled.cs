using System.Reflection;
using Microsoft.AspNetCore.Http;
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
    private static IEnumerable<MethodDefinition> BodiesOf(string type, string name) =>
        Methods.Where(method =>
            Outermost(method.DeclaringType).FullName == type
            && (method.Name == name || method.DeclaringType.Name.StartsWith($"<{name}>", StringComparison.Ordinal))
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

    /// <summary>True where a function reads a body, by itself or by what it hands its request to.</summary>
    public static bool ReadsBody(MethodInfo function)
    {
        var seen = new HashSet<string>();
        var waiting = new Queue<MethodDefinition>(BodiesOf(function.DeclaringType!.FullName!, function.Name));
        while (waiting.TryDequeue(out var method))
        {
            if (!seen.Add(method.FullName))
                continue;
            foreach (var call in Calls(method))
            {
                if (BodyReaders.Contains((call.DeclaringType.FullName, call.Name)))
                    return true;
                if (call.Resolve() is { } called && called.Module == Module && TakesRequest(called))
                    foreach (var body in BodiesOf(Outermost(called.DeclaringType).FullName, called.Name))
                        waiting.Enqueue(body);
            }
        }
        return false;
    }

    private static readonly HashSet<(string Type, string Name)> BodyReaders =
    [
        (typeof(JsonInput).FullName!, nameof(JsonInput.ReadAsync)),
        (typeof(IdentityInput).FullName!, nameof(IdentityInput.Read)),
    ];

    private static bool TakesRequest(MethodDefinition method) =>
        method.Parameters.Any(parameter => parameter.ParameterType.FullName == typeof(HttpRequest).FullName);
}
