using Serverless.Functions.Partners;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Cip;

/// <summary>Who verifies identities.</summary>
internal sealed class CipOptions
{
    public const string Sandbox = "sandbox";
    public const string Review = "review";

    [Setting("Cip:Provider")]
    public string? Provider { get; init; }

    /// <summary>Decides which provider is asked where none is named, and which may be.</summary>
    [Setting("Partners:Environment")]
    public string Environment { get; init; } = "";

    public bool IsProduction => Environment == PartnerEnvironment.Production.Name;

    public bool IsSandbox => (Provider ?? (IsProduction ? Review : Sandbox)) == Sandbox;
}
