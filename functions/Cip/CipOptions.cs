using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Partners;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Cip;

/// <summary>Who verifies identities.</summary>
internal sealed class CipOptions
{
    private const string Sandbox = "sandbox";
    private const string Review = "review";

    /// <summary>How each provider is made, by its name in the setting.</summary>
    public static IReadOnlyDictionary<string, Func<IServiceProvider, ICipProvider>> Providers { get; } =
        new Dictionary<string, Func<IServiceProvider, ICipProvider>>
        {
            [Sandbox] = services => ActivatorUtilities.CreateInstance<SandboxCipProvider>(services),
            [Review] = _ => new ReviewEveryCip(),
        };

    [Setting("Cip:Provider")]
    public string? Provider { get; init; }

    /// <summary>Determines the default provider and which providers are allowed.</summary>
    [Setting("Partners:Environment")]
    public string Environment { get; init; } = "";

    public bool IsProduction => Environment == PartnerEnvironment.Production.Name;

    /// <summary>The provider in use.</summary>
    public string Chosen => Provider ?? (IsProduction ? Review : Sandbox);

    public bool IsSandbox => Chosen == Sandbox;
}
