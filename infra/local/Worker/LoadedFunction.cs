using System.Text.Json;

namespace Serverless.Local.Worker;

/// <summary>A function that the worker has loaded.</summary>
/// <param name="Name">The function's name, unique without regard to case.</param>
/// <param name="Id">The worker's own name for it.</param>
/// <param name="EntryPoint">Class and method, for messages to a developer.</param>
/// <param name="Trigger">The binding that starts it, as the worker describes it.</param>
/// <param name="DurableClients">The parameters that take a client of Durable Functions.</param>
/// <param name="Retry">What its retry attribute says, or null.</param>
internal sealed record LoadedFunction(
    string Name,
    string Id,
    string EntryPoint,
    JsonElement Trigger,
    IReadOnlyList<string> DurableClients,
    Rpc.RpcRetryOptions? Retry
)
{
    /// <summary>For example <c>httpTrigger</c>; compare without regard to case.</summary>
    public string TriggerType => Text("type")!;

    /// <summary>The parameter that the trigger fills.</summary>
    public string TriggerParameter => Text("name")!;

    public bool Is(string triggerType) => string.Equals(TriggerType, triggerType, StringComparison.OrdinalIgnoreCase);

    /// <summary>A member of the trigger's binding that is a string; null where there is none.</summary>
    public string? Text(string member) =>
        Trigger.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
