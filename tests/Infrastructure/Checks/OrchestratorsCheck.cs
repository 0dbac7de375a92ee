using Mono.Cecil;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure.Checks;

/// <summary>
/// An orchestrator is run again from its start at every step, and awaits what its context gives it and nothing else:
/// the engine waits for ever for one that awaits something of its own.
/// </summary>
internal static class OrchestratorsCheck
{
    private const string Context = "TaskOrchestrationContext";

    /// <summary>What differs from one run to the next, by the beginnings of the names.</summary>
    private static readonly string[] Undetermined =
    [
        "DateTime.get_Now",
        "DateTime.get_UtcNow",
        "DateTimeOffset.get_Now",
        "DateTimeOffset.get_UtcNow",
        "TimeProvider.",
        "Guid.NewGuid",
        "Random.",
        "RandomNumberGenerator.",
        "Task.Delay",
        "Task.Run",
        "Task.ConfigureAwait",
        "CancellationTokenSource.CancelAsync",
    ];

    /// <summary>What makes one task of several.</summary>
    private static readonly string[] Joining = ["Task.WhenAny", "Task.WhenAll"];

    public static IEnumerable<string> Problems(AppCode code)
    {
        foreach (var type in code.Classes)
        {
            var bodies = AppCode.BodiesOf(type);
            foreach (var problem in bodies.Where(IsOrchestrator).SelectMany(method => Problems(method, bodies)))
                yield return $"{type.Name}: {problem}";
            // What an activity throws arrives under the name of another exception.
            if (
                AppCode
                    .CallsOf(type)
                    .Any(call => call is "TaskFailureDetails.get_ErrorType" or "TaskFailureDetails.IsCausedBy")
            )
                yield return $"{type.Name}: a decision by the type of an activity's failure";
        }
    }

    private static IEnumerable<string> Problems(MethodDefinition orchestrator, IReadOnlyList<MethodDefinition> bodies)
    {
        // Lambdas, and the type in which the body of an async method stands, are named after the method.
        var within = $"<{orchestrator.Name}>";
        var own = bodies
            .Where(body =>
                body == orchestrator
                || body.Name.Contains(within, StringComparison.Ordinal)
                || body.DeclaringType.Name.Contains(within, StringComparison.Ordinal)
            )
            .ToList();
        var calls = own.SelectMany(AppCode.CallsOf).ToList();
        foreach (
            var call in calls.Where(call => Undetermined.Any(name => call.StartsWith(name, StringComparison.Ordinal)))
        )
            yield return $"an orchestrator uses {call}, which differs from one run to the next";
        foreach (
            var call in own.SelectMany(MethodsCalledBy)
                .Where(GivesTask)
                .Where(call => !IsDurable(call) && !call.Name.Contains(within, StringComparison.Ordinal))
        )
            yield return $"an orchestrator awaits {AppCode.PlainName(call.DeclaringType)}.{call.Name}, which is not its context's";
        if (
            calls.Contains($"{Context}.ContinueAsNew")
            && calls.Contains($"{Context}.CreateTimer")
            && !calls.Contains("CancellationTokenSource.Cancel")
        )
            yield return "an orchestrator begins anew with an open timer, which holds it back";
    }

    private static bool IsOrchestrator(MethodDefinition method) =>
        method.Parameters.Any(parameter => parameter.ParameterType.Name == Context);

    private static IEnumerable<MethodReference> MethodsCalledBy(MethodDefinition method) =>
        method.Body.Instructions.Select(instruction => instruction.Operand).OfType<MethodReference>();

    private static bool GivesTask(MethodReference method) =>
        AppCode.PlainName(method.ReturnType) is "Task" or "ValueTask"
        // What the compiler adds to a method that awaits.
        && !AppCode.PlainName(method.DeclaringType).StartsWith("AsyncTaskMethodBuilder", StringComparison.Ordinal);

    private static bool IsDurable(MethodReference method) =>
        AppCode.PlainName(method.DeclaringType) == Context
        || method.Parameters.Any(parameter => parameter.ParameterType.Name == Context)
        || Joining.Contains($"{AppCode.PlainName(method.DeclaringType)}.{method.Name}");
}
