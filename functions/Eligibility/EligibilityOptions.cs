using Microsoft.Extensions.Options;
using Serverless.Functions.Settings;

namespace Serverless.Functions.Eligibility;

/// <summary>Which rules hold.</summary>
internal sealed class EligibilityOptions
{
    /// <summary>A file, or JSON; null: the rules that come with the app.</summary>
    [Setting("Eligibility:Rules")]
    public string? Rules { get; init; }
}

/// <summary>Says all that is wrong with the rules, which a fixed sentence could not.</summary>
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
