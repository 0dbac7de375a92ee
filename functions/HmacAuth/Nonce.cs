using System.Globalization;

namespace Serverless.Functions.HmacAuth;

/// <summary>
/// The time with which a request is signed: Unix time in seconds (10 digits), milliseconds (13) or microseconds (16).
/// See /docs/signing#the-nonce.
/// </summary>
/// <param name="Text">As sent: <c>1790000000</c> and <c>1790000000000</c> are two nonces.</param>
/// <param name="At">The time that it states.</param>
internal readonly record struct Nonce(string Text, DateTimeOffset At)
{
    /// <summary>How far a nonce may be from the wall clock, either way.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(300);

    /// <summary>
    /// The day of the nonce's own time, not of its arrival, so that the same nonce always has the same day.
    /// </summary>
    public DateOnly Day => DateOnly.FromDateTime(At.UtcDateTime);

    public static bool TryParse(string text, out Nonce nonce)
    {
        nonce = default;
        var unit = text.Length switch
        {
            10 => TimeSpan.TicksPerSecond,
            13 => TimeSpan.TicksPerMillisecond,
            16 => TimeSpan.TicksPerMicrosecond,
            _ => 0,
        };
        if (unit == 0 || !text.All(char.IsAsciiDigit))
            return false;
        nonce = new Nonce(
            text,
            DateTimeOffset.UnixEpoch.AddTicks(long.Parse(text, CultureInfo.InvariantCulture) * unit)
        );
        return true;
    }

    public bool IsNear(DateTimeOffset now) => (now - At).Duration() <= Window;
}
