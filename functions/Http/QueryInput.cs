using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>Reads query parameters and collects everything that is wrong with them. An empty or repeated parameter is wrong; an unknown one is ignored.</summary>
internal sealed class QueryInput(IQueryCollection query)
{
    private readonly List<ErrorDetail> _errors = [];

    /// <summary>400 with all that is wrong; null when all is well.</summary>
    public ApiError? Error => _errors.Count > 0 ? ApiError.Invalid(_errors) : null;

    public int? Integer(string name, int min, int max)
    {
        if (Find(name) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Fail(name, $"must be a whole number from {min} to {max}");
        return null;
    }

    public DateTimeOffset? Timestamp(string name)
    {
        if (Find(name) is not { } text)
            return null;
        if (Timestamps.TryParse(text, out var at))
            return at;
        Fail(name, "must be an ISO 8601 date or timestamp, for example 2026-05-04T10:30:00.000Z");
        return null;
    }

    public string? Matching(string name, Regex pattern, string rule)
    {
        if (Find(name) is not { } text)
            return null;
        if (pattern.IsMatch(text))
            return text;
        Fail(name, rule);
        return null;
    }

    public string? OneOf(string name, IReadOnlyCollection<string> values)
    {
        if (Find(name) is not { } text)
            return null;
        if (values.Contains(text))
            return text;
        Fail(name, $"must be one of {string.Join(", ", values)}");
        return null;
    }

    private string? Find(string name)
    {
        if (!query.TryGetValue(name, out var values))
            return null;
        if (values is [{ Length: > 0 } text])
            return text;
        Fail(name, "must be given once and not be empty");
        return null;
    }

    private void Fail(string name, string message) => _errors.Add(new ErrorDetail(name, message));
}
