using Serverless.Functions.Settings;

namespace Serverless.Functions.Outbound;

/// <summary>Which addresses may be called.</summary>
internal sealed class OutboundOptions
{
    /// <summary>For local development only: private networks and plain http may be called.</summary>
    [Setting("Webhooks:AllowPrivateNetworks")]
    public bool AllowPrivateNetworks { get; init; }
}
