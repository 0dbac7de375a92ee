using System.Globalization;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Conformance.Worker;

public sealed class NCrontabTests
{
    // 2026-01-01 is a Thursday.
    [Theory]
    [InlineData("* * * * * *", "2026-01-01 00:00:00", "2026-01-01 00:00:01")]
    [InlineData("0 */5 * * * *", "2026-01-01 00:00:00", "2026-01-01 00:05:00")]
    [InlineData("0 */5 * * * *", "2026-01-01 00:04:59", "2026-01-01 00:05:00")]
    [InlineData("0 0 * * * *", "2026-01-01 23:59:59", "2026-01-02 00:00:00")]
    [InlineData("30 0 9-17 * * *", "2026-01-01 17:00:30", "2026-01-02 09:00:30")]
    [InlineData("0 10-20/5 * * * *", "2026-01-01 00:15:00", "2026-01-01 00:20:00")]
    [InlineData("0 5/20 * * * *", "2026-01-01 00:25:00", "2026-01-01 00:45:00")]
    [InlineData("0 0 0,6,12 * * *", "2026-01-01 06:00:00", "2026-01-01 12:00:00")]
    [InlineData("0 30 9 * * 1-5", "2026-01-02 10:00:00", "2026-01-05 09:30:00")]
    [InlineData("0 30 9 * * Mon-Fri", "2026-01-02 10:00:00", "2026-01-05 09:30:00")]
    [InlineData("0 0 0 * * SUN", "2026-01-01 00:00:00", "2026-01-04 00:00:00")]
    [InlineData("0 0 0 1 feb,Aug *", "2026-02-01 00:00:00", "2026-08-01 00:00:00")]
    [InlineData("0 0 0 31 * *", "2026-01-31 00:00:00", "2026-03-31 00:00:00")]
    [InlineData("0 0 0 29 2 *", "2026-01-01 00:00:00", "2028-02-29 00:00:00")]
    [InlineData("0 0 0 13 * Friday", "2026-01-01 00:00:00", "2026-02-13 00:00:00")]
    [InlineData("59 59 23 31 12 *", "2026-12-31 23:59:59", "2027-12-31 23:59:59")]
    public void The_next_time_is_the_first_that_every_field_allows(string schedule, string after, string expected) =>
        Assert.Equal(Time(expected), NCrontab.Parse(schedule).Next(Time(after)));

    [Theory]
    [InlineData("")]
    [InlineData("* * * * *")]
    [InlineData("* * * * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("* * 24 * * *")]
    [InlineData("* * * 0 * *")]
    [InlineData("* * * * 13 *")]
    [InlineData("* * * * * 7")]
    [InlineData("*/0 * * * * *")]
    [InlineData("5-1 * * * * *")]
    [InlineData("1-2-3 * * * * *")]
    [InlineData("a * * * * *")]
    [InlineData("mon * * * * *")]
    [InlineData("-1 * * * * *")]
    [InlineData("1,, * * * * *")]
    [InlineData("0 0 0 30 2 *")]
    public void What_is_no_schedule_is_refused(string schedule) => Assert.Throws<FormatException>(() => NCrontab.Parse(schedule));

    private static DateTime Time(string text) =>
        DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
