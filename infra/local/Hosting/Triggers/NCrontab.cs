using System.Globalization;

namespace Serverless.Local.Hosting;

/// <summary>A schedule in NCRONTAB: second, minute, hour, day of month, month, day of week (0 is Sunday). Unlike in Unix, both days must match. Times are UTC.</summary>
internal sealed class NCrontab
{
    /// <summary>Longest gap of a schedule that ever fires: 29 February across 2100 or 1900, on a given day of the week.</summary>
    private const int YearsAhead = 40;

    private static readonly (string Name, int Min, int Max, string[] Names)[] Fields =
    [
        ("second", 0, 59, []),
        ("minute", 0, 59, []),
        ("hour", 0, 23, []),
        ("day", 1, 31, []),
        ("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("day of week", 0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    private readonly ulong[] _allowed;

    private NCrontab(ulong[] allowed) => _allowed = allowed;

    /// <exception cref="FormatException">The expression is malformed or never matches.</exception>
    public static NCrontab Parse(string expression)
    {
        var parts = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length)
            throw new FormatException($"'{expression}' has {parts.Length} fields; a schedule has six: second minute hour day month day-of-week.");
        var schedule = new NCrontab([.. parts.Select(ParseField)]);
        return schedule.Next(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is null
            ? throw new FormatException($"'{expression}' never comes: no month has such a day.")
            : schedule;
    }

    /// <summary>The first time after <paramref name="after"/>; null when there is none.</summary>
    public DateTime? Next(DateTime after)
    {
        var time = new DateTime(after.Ticks - after.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc).AddSeconds(1);
        for (var limit = time.Year + YearsAhead; time.Year <= limit;)
        {
            if (!Allows(4, time.Month))
                time = new DateTime(time.Year, time.Month, 1, 0, 0, 0, DateTimeKind.Utc).AddMonths(1);
            else if (!Allows(3, time.Day) || !Allows(5, (int)time.DayOfWeek))
                time = time.Date.AddDays(1);
            else if (!Allows(2, time.Hour))
                time = time.Date.AddHours(time.Hour + 1);
            else if (!Allows(1, time.Minute))
                time = time.Date.AddHours(time.Hour).AddMinutes(time.Minute + 1);
            else if (!Allows(0, time.Second))
                time = time.AddSeconds(1);
            else
                return time;
        }
        return null;
    }

    private bool Allows(int field, int value) => (_allowed[field] >> value & 1) != 0;

    private static ulong ParseField(string text, int field)
    {
        var allowed = 0UL;
        foreach (var item in text.Split(','))
        {
            var (range, step) = item.Split('/') switch
            {
                [var only] => (only, (int?)null),
                [var left, var right] => (left, Number(right, field, text, isStep: true)),
                _ => throw Malformed(field, text),
            };
            var (from, to) = range.Split('-') switch
            {
                ["*"] => (Fields[field].Min, Fields[field].Max),
                [var single] => (Number(single, field, text), step is null ? Number(single, field, text) : Fields[field].Max),
                [var left, var right] => (Number(left, field, text), Number(right, field, text)),
                _ => throw Malformed(field, text),
            };
            if (from > to)
                throw Malformed(field, text);
            for (var value = from; value <= to; value += step ?? 1)
                allowed |= 1UL << value;
        }
        return allowed;
    }

    private static int Number(string text, int field, string whole, bool isStep = false)
    {
        var (_, min, max, names) = Fields[field];
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return isStep && number > 0 || !isStep && number >= min && number <= max ? number : throw Malformed(field, whole);
        var name = isStep || text.Length < 3 ? -1 : Array.FindIndex(names, candidate => text.StartsWith(candidate, StringComparison.OrdinalIgnoreCase));
        return name >= 0 ? name + min : throw Malformed(field, whole);
    }

    private static FormatException Malformed(int field, string text) =>
        new($"'{text}' is no {Fields[field].Name}: use *, a number from {Fields[field].Min} to {Fields[field].Max}, a range a-b, a step */n, or a list of these.");
}
