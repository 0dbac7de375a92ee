using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>
/// Reads query parameters and collects everything that is wrong with them. Empty, repeated and unknown parameters are
/// errors: ignoring a misspelt filter would return everything. No value is trimmed or repaired.
/// </summary>
internal sealed class QueryInput(IQueryCollection query)
{
    /// <summary>Parameters that the Azure Functions host uses for a function's key; ignored here.</summary>
    private static readonly string[] HostParameters = ["code", "clientId"];

    private readonly List<ErrorDetail> _errors = [];
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>400 with every problem; null without one. Call it after all parameters were read.</summary>
    public ApiError? Error => Problems() is { Count: > 0 } problems ? ApiError.Invalid(problems) : null;

    public int? Integer(string name, int min, int max)
    {
        if (Find(name) is not { } text)
            return null;
        if (
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max
        )
            return number;
        Fail(name, $"must be a whole number from {min} to {max}", text);
        return null;
    }

    /// <summary>Notes where <c>to</c> is before <c>from</c>.</summary>
    public void CheckPeriod(DateTimeOffset? from, DateTimeOffset? to)
    {
        if (to < from)
            Fail("to", "must not be before from");
    }

    /// <summary>True when the parameter is there, perhaps without a value.</summary>
    public bool Has(string name) => query.ContainsKey(name);

    public string? Matching(string name, Regex pattern, string rule)
    {
        if (Find(name) is not { } text)
            return null;
        if (pattern.IsMatch(text))
            return text;
        Fail(name, rule, text);
        return null;
    }

    public string? OneOf(string name, IReadOnlyCollection<string> values)
    {
        if (Find(name) is not { } text)
            return null;
        if (values.Contains(text))
            return text;
        Fail(name, $"must be one of {string.Join(", ", values)}", text);
        return null;
    }

    /// <summary>
    /// The single value of a parameter as sent; null where it is absent or invalid (the problem is then noted).
    /// </summary>
    public string? Find(string name)
    {
        _known.Add(name);
        if (!query.TryGetValue(name, out var values))
            return null;
        if (values is [{ Length: > 0 } text])
            return text;
        Fail(name, "must be given once and not be empty");
        return null;
    }

    /// <summary>Notes a problem.</summary>
    /// <param name="name">The parameter.</param>
    /// <param name="message">What is wrong with it.</param>
    /// <param name="value">The value as it arrived; a space in it may have been an unescaped plus.</param>
    public void Fail(string name, string message, string value = "") =>
        _errors.Add(
            new ErrorDetail(
                name,
                value.Contains(' ', StringComparison.Ordinal)
                    ? message + "; write + as %2B: in a query it means a space"
                    : message
            )
        );

    private List<ErrorDetail> Problems()
    {
        const int MaxName = 40;
        var unknown = query.Keys.Where(name =>
            !_known.Contains(name) && !HostParameters.Contains(name, StringComparer.OrdinalIgnoreCase)
        );
        var taken = _known.Count == 0 ? "none" : string.Join(", ", _known.Order(StringComparer.Ordinal));
        // The answer repeats only names that look like parameter names.
        return
        [
            .. _errors,
            .. unknown
                .Select(name => new ErrorDetail(
                    name.Length is > 0 and <= MaxName && name.All(char.IsAsciiLetterOrDigit) ? name : "query",
                    $"is no parameter of this route, which takes {taken}"
                ))
                .Distinct(),
        ];
    }
}
