namespace Serverless.Functions.Settings;

/// <summary>Rules that several settings have.</summary>
internal static class SettingRules
{
    /// <summary>True for an absolute https address, and where there is none.</summary>
    public static bool IsHttpsOrMissing(Uri? address) =>
        address is null || (address.IsAbsoluteUri && address.Scheme == Uri.UriSchemeHttps);
}
