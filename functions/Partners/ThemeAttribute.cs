using System.Text.RegularExpressions;
using Serverless.Functions.Http;

namespace Serverless.Functions.Partners;

/// <summary>The name of a theme.</summary>
internal sealed partial class ThemeAttribute() : PatternAttribute(Pattern, Rule)
{
    public const string Rule = "must have 1 to 40 lower-case letters, digits or hyphens";

    [GeneratedRegex(@"^[a-z0-9-]{1,40}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}
