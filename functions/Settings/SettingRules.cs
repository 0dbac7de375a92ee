namespace Serverless.Functions.Settings;

/// <summary>Validation rules shared by several settings.</summary>
internal static class SettingRules
{
    /// <summary>True if the address is null or absolute https.</summary>
    public static bool IsHttpsOrMissing(Uri? address) =>
        address is null || (address.IsAbsoluteUri && address.Scheme == Uri.UriSchemeHttps);
}
