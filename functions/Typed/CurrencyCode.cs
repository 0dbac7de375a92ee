using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Typed;

/// <summary>The code of a currency or crypto asset.</summary>
internal static partial class CurrencyCode
{
    /// <summary>The rule, for error messages.</summary>
    public const string Rule = "must have 1 to 10 upper-case letters or digits, for example EUR";

    [GeneratedRegex(@"^[A-Z0-9]{1,10}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}

/// <summary>The code of a currency or crypto asset.</summary>
internal sealed class CurrencyCodeAttribute() : PatternAttribute(CurrencyCode.Pattern, CurrencyCode.Rule);
