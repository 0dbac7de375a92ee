using System.Globalization;

namespace Serverless.Functions.Verifications;

/// <summary>
/// The calls of the last 60 seconds: a sliding window, so that no period of 60 seconds contains more than the limit.
/// </summary>
internal sealed record CallWindow(IReadOnlyList<DateTimeOffset> Calls)
{
    public const int MaxSends = 3;
    public const int MaxTries = 4;
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(60);

    public static CallWindow None { get; } = new([]);

    /// <summary>The time when the next call is admitted; if it is not in the future, now.</summary>
    public DateTimeOffset AdmittedAt(int limit) =>
        Calls.Count < limit ? DateTimeOffset.MinValue : Calls[^limit] + Length;

    /// <summary>Adds a call and drops those that no longer count.</summary>
    public CallWindow With(DateTimeOffset now) =>
        new([.. Calls.Append(now).Where(call => now - call < Length).Order()]);

    public static CallWindow FromStorage(string? text) =>
        string.IsNullOrEmpty(text)
            ? None
            : new([
                .. text.Split(' ')
                    .Select(call =>
                        DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(call, CultureInfo.InvariantCulture))
                    ),
            ]);

    public override string ToString() => string.Join(' ', Calls.Select(call => call.ToUnixTimeMilliseconds()));
}
