using Serverless.Functions.Settings;

namespace Serverless.Functions.HmacAuth;

/// <summary>Limits of the identity API.</summary>
internal sealed class IdentityOptions
{
    /// <summary>Null for the environment's default (<see cref="IdentityLimits"/>).</summary>
    [Setting("Identities:CallsPerMinute")]
    public int? CallsPerMinute { get; init; }
}
