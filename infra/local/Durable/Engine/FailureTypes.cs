using Microsoft.DurableTask;

namespace Serverless.Local.Durable;

/// <summary>Error types that do not come from an exception of the app's code.</summary>
internal static class FailureTypes
{
    public const string ActivityNotFound = "ActivityTaskNotFound";
    public const string OrchestratorNotFound = "OrchestratorTaskNotFound";
    public const string NonDeterministic = "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException";
    public const string AlreadyExists = "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException";
    public const string SubOrchestrationFailed = "DurableTask.Core.Exceptions.SubOrchestrationFailedException";

    /// <summary>Trying again cannot help: the code is not there.</summary>
    public static bool IsFinal(TaskFailureDetails failure) => failure.ErrorType is ActivityNotFound or OrchestratorNotFound;
}
