using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Serverless.Functions.Events;

/// <summary>A message that nobody handles any more: its queue and its number there.</summary>
internal readonly partial record struct DeadLetterId(string Queue, long Number)
{
    [GeneratedRegex(@"^(events|webhooks)-[0-9]{1,18}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }

    /// <summary>Reads untrusted input; false for anything but an id.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out DeadLetterId id)
    {
        id = default;
        if (text is null || !Pattern.IsMatch(text))
            return false;
        var parts = text.Split('-');
        id = new DeadLetterId(parts[0], long.Parse(parts[1], CultureInfo.InvariantCulture));
        return true;
    }

    public override string ToString() => $"{Queue}-{Number.ToString(CultureInfo.InvariantCulture)}";
}
