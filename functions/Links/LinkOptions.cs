using Serverless.Functions.Settings;

namespace Serverless.Functions.Links;

/// <summary>Settings of links.</summary>
internal sealed class LinkOptions
{
    /// <summary>The flows that a link may have, separated by commas.</summary>
    [Setting("Links:Flows")]
    public string Flows { get; init; } = LinkFlows.Default;

    public IReadOnlyList<string> FlowNames =>
        Flows.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
