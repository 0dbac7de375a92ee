using Microsoft.Extensions.Options;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Eligibility;

/// <summary>Which rules apply.</summary>
internal sealed class EligibilityOptions
{
    /// <summary>A file name or JSON; null for the rules that come with the app.</summary>
    [Setting("Eligibility:Rules")]
    public string? Rules { get; init; }
}

/// <summary>
/// Reports everything that is wrong with the rules; a validation attribute has only one fixed message.
/// </summary>
internal sealed class ValidateEligibilityOptions : IValidateOptions<EligibilityOptions>
{
    public ValidateOptionsResult Validate(string? name, EligibilityOptions options)
    {
        try
        {
            EligibilityRules.Load(options.Rules);
            return ValidateOptionsResult.Success;
        }
        catch (InvalidOperationException ex)
        {
            return ValidateOptionsResult.Fail(ex.Message);
        }
    }
}
