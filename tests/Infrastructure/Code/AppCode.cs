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
/// <param name="Queue">The queue of its trigger; null where it has another one.</param>
/// <param name="Connection">The setting with that queue's connection.</param>
/// <param name="IsTimer">Whether a timer starts it.</param>
internal sealed record Function(string Name, Type Class, string? Queue, string? Connection, bool IsTimer);

/// <summary>The function app as it was compiled: what its classes declare, name and call.</summary>
internal sealed class AppCode(IReadOnlyList<Type> classes)
{
    private const BindingFlags All =
        BindingFlags.Public
        | BindingFlags.NonPublic
        | BindingFlags.Instance
        | BindingFlags.Static
        | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<string, ModuleDefinition> Modules = [];
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
        let trigger = method
            .GetParameters()
            .Select(parameter => parameter.GetCustomAttribute<ServiceBusTriggerAttribute>())
            .FirstOrDefault(trigger => trigger is not null)
        let timer = method.GetParameters().Any(parameter => parameter.IsDefined(typeof(TimerTriggerAttribute)))
        select new Function(function.Name, type, trigger?.QueueName, trigger?.Connection, timer);

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

    /// <summary>
    /// The bodies of a class: those of its methods, lambdas and of what awaits in their place.
    /// </summary>
    public static IReadOnlyList<MethodDefinition> BodiesOf(Type type)
    {
        var path = type.Assembly.Location;
        if (!Modules.TryGetValue(path, out var module))
            Modules[path] = module = ModuleDefinition.ReadModule(path, new ReaderParameters { InMemory = true });
        return
        [
            .. Within(module.GetType(type.FullName!.Replace('+', '/')))
                .SelectMany(inner => inner.Methods)
                .Where(m => m.HasBody),
        ];
    }

    /// <summary>The texts that a class holds.</summary>
    public static IEnumerable<string> TextsOf(Type type) =>
        Instructions(type)
            .Where(instruction => instruction.OpCode == OpCodes.Ldstr)
            .Select(instruction => (string)instruction.Operand);

    /// <summary>What a class calls, as <c>Type.Member</c>.</summary>
    public static IReadOnlyList<string> CallsOf(Type type) =>
        Calls.GetOrAdd(type, _ => [.. BodiesOf(type).SelectMany(CallsOf).Distinct()]);

    /// <inheritdoc cref="CallsOf(Type)"/>
    public static IEnumerable<string> CallsOf(MethodDefinition method) =>
        method
            .Body.Instructions.Select(instruction => instruction.Operand)
            .OfType<MethodReference>()
            .Select(call => $"{PlainName(call.DeclaringType)}.{call.Name}");

    /// <summary>A type's name without its namespace and what it is generic in.</summary>
    public static string PlainName(TypeReference type) => type.Name.Split('`')[0];

    /// <summary>The secrets that a class asks for; null for a name that is no constant.</summary>
    public static IEnumerable<string?> SecretsOf(Type type)
    {
        foreach (var instruction in Instructions(type))
        {
            if (
                instruction.Operand
                is not MethodReference
                {
                    Name: nameof(ISecretSource.GetAsync),
                    DeclaringType.Name: nameof(ISecretSource)
                }
            )
                continue;
            // Between the name and the call stands what gives the token.
            var before = instruction.Previous;
            for (var i = 0; i < 4 && before.OpCode != OpCodes.Ldstr && before.Previous is not null; i++)
                before = before.Previous;
            yield return before.OpCode == OpCodes.Ldstr ? (string)before.Operand : null;
        }
    }

    /// <summary>What is logged, with its places for values.</summary>
    public IEnumerable<string> LogMessages =>
        from type in classes.SelectMany(WithNested)
        from method in type.GetMethods(All)
        let message = method.GetCustomAttribute<LoggerMessageAttribute>()?.Message
        where message is not null
        select message;

    private static IEnumerable<Type> WithNested(Type type) =>
        type.GetNestedTypes(All).SelectMany(WithNested).Prepend(type);

    private static IEnumerable<Instruction> Instructions(Type type) =>
        BodiesOf(type).SelectMany(method => method.Body.Instructions);

    private static IEnumerable<TypeDefinition> Within(TypeDefinition type) =>
        type.NestedTypes.SelectMany(Within).Prepend(type);
}
