using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Serverless.Functions;
using Serverless.Functions.Security;
using Serverless.Functions.Settings;

namespace Serverless.Infrastructure.Code;

/// <summary>A function of the app.</summary>
/// <param name="Name">As the host knows it.</param>
/// <param name="Class">Where it stands.</param>
/// <param name="Trigger">What starts it: <c>http</c>, <c>durable</c>, <c>queue</c> or <c>timer</c>.</param>
/// <param name="Queue">The queue of its trigger; null where it has another one.</param>
/// <param name="Connection">The setting with that queue's connection.</param>
internal sealed record Function(string Name, Type Class, string Trigger, string? Queue, string? Connection);

/// <summary>The function app as it was compiled: what its classes declare, name and call.</summary>
internal sealed class AppCode(IReadOnlyList<Type> classes)
{
    private const BindingFlags All =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly ConcurrentDictionary<string, ModuleDefinition> Modules = new();
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<string>> Calls = new();

    public static AppCode Current { get; } =
        new([.. typeof(AppServices).Assembly.GetTypes().Where(type => !type.IsNested)]);

    /// <summary>The types that stand in none.</summary>
    public IReadOnlyList<Type> Classes => classes;

    /// <summary>The same with one class more: a fault, to see that it is found.</summary>
    public AppCode With(Type seeded) => new([.. classes, seeded]);

    public AppCode Without(string name) => new([.. classes.Where(type => type.Name != name)]);

    public IEnumerable<Function> Functions =>
        from type in classes
        from method in type.GetMethods(All)
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        let triggers = method.GetParameters().SelectMany(parameter => parameter.GetCustomAttributes()).ToList()
        let queue = triggers.OfType<ServiceBusTriggerAttribute>().FirstOrDefault()
        let trigger = queue is not null ? "queue"
        : triggers.OfType<HttpTriggerAttribute>().Any() ? "http"
        : triggers.OfType<TimerTriggerAttribute>().Any() ? "timer"
        : "durable"
        select new Function(function.Name, type, trigger, queue?.QueueName, queue?.Connection);

    /// <summary>The settings that the options are read from, as Azure writes their names, and who reads each.</summary>
    public Dictionary<string, string> Settings =>
        (
            from type in classes
            from property in type.GetProperties(All)
            let setting = property.GetCustomAttribute<SettingAttribute>()
            where setting is not null
            select (Name: setting.Name.Replace(":", "__", StringComparison.Ordinal), type)
        )
            .DistinctBy(setting => setting.Name)
            .ToDictionary(setting => setting.Name, setting => setting.type.Name);

    /// <summary>What is logged, with its places for values.</summary>
    public IEnumerable<string> LogMessages =>
        from type in classes.SelectMany(WithNested)
        from method in type.GetMethods(All)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()?.Message
        where message is not null
        select message;

    /// <summary>The constants of a type, by their names.</summary>
    public static Dictionary<string, object> ConstantsOf(Type type) =>
        type.GetFields(All)
            .Where(constant => constant.IsLiteral)
            .ToDictionary(constant => constant.Name, constant => constant.GetRawConstantValue()!);

    /// <summary>True where a constructor takes one of these.</summary>
    public static bool Takes(Type type, IReadOnlySet<string> names) =>
        type.GetConstructors(All)
            .SelectMany(constructor => constructor.GetParameters())
            .Any(parameter => names.Contains(parameter.ParameterType.Name));

    /// <summary>The bodies of a class: those of its methods, lambdas and of what awaits in their place.</summary>
    public static IReadOnlyList<MethodDefinition> BodiesOf(Type type)
    {
        var module = Modules.GetOrAdd(
            type.Assembly.Location,
            path => ModuleDefinition.ReadModule(path, new ReaderParameters { InMemory = true })
        );
        var types = Within(module.GetType(type.FullName!.Replace('+', '/')));
        return [.. types.SelectMany(inner => inner.Methods).Where(method => method.HasBody)];
    }

    /// <summary>The texts that a class holds.</summary>
    public static IEnumerable<string> TextsOf(Type type) =>
        Instructions(type).Where(IsText).Select(instruction => (string)instruction.Operand);

    /// <summary>What a class calls, as <c>Type.Member</c>.</summary>
    public static IReadOnlyList<string> CallsOf(Type type) =>
        Calls.GetOrAdd(
            type,
            _ =>
                [
                    .. Instructions(type)
                        .Select(instruction => instruction.Operand)
                        .OfType<MethodReference>()
                        .Select(NameOf)
                        .Distinct(),
                ]
        );

    public static string NameOf(MethodReference method) => $"{PlainName(method.DeclaringType)}.{method.Name}";

    /// <summary>A type's name without its namespace and what it is generic in.</summary>
    public static string PlainName(TypeReference type) => type.Name.Split('`')[0];

    /// <summary>The secrets that a class asks for; null for a name that is no constant.</summary>
    public static IEnumerable<string?> SecretsOf(Type type) =>
        from asked in Instructions(type)
        where
            asked.Operand is MethodReference { Name: nameof(ISecretSource.GetAsync) } method
            && method.DeclaringType.Name == nameof(ISecretSource)
        // Between the name and the call stands what gives the token.
        let name = Before(asked).Take(5).FirstOrDefault(IsText)
        select (string?)name?.Operand;

    private static IEnumerable<Instruction> Before(Instruction instruction)
    {
        while (instruction.Previous is { } before)
            yield return instruction = before;
    }

    private static bool IsText(Instruction instruction) => instruction.OpCode == OpCodes.Ldstr;

    private static IEnumerable<Type> WithNested(Type type) =>
        type.GetNestedTypes(All).SelectMany(WithNested).Prepend(type);

    private static IEnumerable<Instruction> Instructions(Type type) =>
        BodiesOf(type).SelectMany(method => method.Body.Instructions);

    private static IEnumerable<TypeDefinition> Within(TypeDefinition type) =>
        type.NestedTypes.SelectMany(Within).Prepend(type);
}
