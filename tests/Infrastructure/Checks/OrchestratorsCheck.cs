using Mono.Cecil;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// An orchestrator is run again from its start at every step, and awaits what its context gives it and nothing else:
/// the engine waits for ever for one that awaits something of its own.
/// </summary>
internal static class OrchestratorsCheck
{
    private const string Context = "TaskOrchestrationContext";

    /// <summary>What differs from one run to the next, by the beginnings of the names.</summary>
    private static readonly string[] Undetermined = (
        "DateTime.get_Now DateTime.get_UtcNow DateTimeOffset.get_Now DateTimeOffset.get_UtcNow TimeProvider. Random. "
        + "Guid.NewGuid RandomNumberGenerator. Task.Delay Task.Run Task.ConfigureAwait CancellationTokenSource.CancelAsync"
    ).Split(' ');

    /// <summary>What an activity throws arrives under the name of another exception.</summary>
    private static readonly string[] JudgingByType = ["get_ErrorType", "IsCausedBy"];

    public static IEnumerable<string> Problems(AppCode code) =>
        from type in code.Classes
        let bodies = AppCode.BodiesOf(type)
        from problem in bodies
            .Where(method => method.Parameters.Any(IsContext))
            .SelectMany(method => OfOrchestrator(method, bodies))
            .Concat(
                JudgingByType
                    .Where(name => AppCode.CallsOf(type).Contains($"TaskFailureDetails.{name}"))
                    .Select(name => $"judges a failure by {name}")
            )
        select $"{type.Name}: {problem}";

    private static IEnumerable<string> OfOrchestrator(MethodDefinition method, IReadOnlyList<MethodDefinition> bodies)
    {
        // Lambdas, and the type in which the body of an async method stands, are named after the method.
        var within = $"<{method.Name}>";
        var own = bodies
            .Where(body => body == method || $"{body.DeclaringType.Name} {body.Name}".Has(within))
            .SelectMany(body => body.Body.Instructions.Select(instruction => instruction.Operand))
            .OfType<MethodReference>()
            .ToList();
        var calls = own.Select(AppCode.NameOf).ToHashSet();
        foreach (var call in calls.Where(call => Undetermined.Any(name => call.Begins(name))))
            yield return $"an orchestrator uses {call}, which differs from one run to the next";
        foreach (var call in own.Where(call => GivesTask(call) && !IsDurable(call) && !call.Name.Has(within)))
            yield return $"an orchestrator awaits {AppCode.NameOf(call)}, which is not its context's";
        if (
            calls.IsSupersetOf([$"{Context}.ContinueAsNew", $"{Context}.CreateTimer"])
            && !calls.Contains("CancellationTokenSource.Cancel")
        )
            yield return "an orchestrator begins anew with an open timer, which holds it back";
    }

    private static bool IsContext(ParameterDefinition parameter) => parameter.ParameterType.Name == Context;

    /// <summary>Not what the compiler adds to a method that awaits.</summary>
    private static bool GivesTask(MethodReference method) =>
        AppCode.PlainName(method.ReturnType) is "Task" or "ValueTask"
        && !method.DeclaringType.Name.Begins("AsyncTaskMethodBuilder");

    private static bool IsDurable(MethodReference method) =>
        AppCode.PlainName(method.DeclaringType) == Context
        || method.Parameters.Any(IsContext)
        || AppCode.NameOf(method) is "Task.WhenAny" or "Task.WhenAll";
}
