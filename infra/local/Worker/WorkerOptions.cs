using Azure.Core.Serialization;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Options of the worker.</summary>
public class WorkerOptions
{
    /// <summary>Serialises trigger payloads, and inputs and outputs of Durable functions. Without one: System.Text.Json, property names in any case.</summary>
    public ObjectSerializer? Serializer { get; set; }

    /// <summary>Told to the real host; without effect here.</summary>
    public IDictionary<string, string> Capabilities { get; } = new Dictionary<string, string>();
}
