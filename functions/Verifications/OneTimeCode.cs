using System.Security.Cryptography;

namespace Serverless.Functions.Verifications;

internal enum CodeStatus
{
    /// <summary>Sent, waits to be entered.</summary>
    Pending,

    /// <summary>Entered right by a request that now binds the address.</summary>
    Claimed,

    /// <summary>The address is bound.</summary>
    Used,

    /// <summary>Too many wrong tries, or its mail was not sent.</summary>
    Voided,
}

/// <summary>The allowed moves: one table. A new send puts another code in its place.</summary>
internal static class CodeTransitions
{
    private static readonly HashSet<(CodeStatus From, CodeStatus To)> Allowed =
    [
        (CodeStatus.Pending, CodeStatus.Claimed),
        (CodeStatus.Pending, CodeStatus.Voided),
        (CodeStatus.Claimed, CodeStatus.Claimed),
        (CodeStatus.Claimed, CodeStatus.Pending),
        (CodeStatus.Claimed, CodeStatus.Voided),
        (CodeStatus.Claimed, CodeStatus.Used),
    ];

    public static bool Allows(CodeStatus from, CodeStatus to) => Allowed.Contains((from, to));
}

/// <summary>
/// A code that was sent for a reference to an address. Of its digits only a MAC is kept: with 10,000 values a salted
/// hash alone would be undone by whoever reads the row, so the MAC is made with a key of the key ring, which does not
/// stand in any table.
/// </summary>
internal sealed record OneTimeCode
{
    public const int Digits = 4;

    /// <summary>Wrong tries that void a code.</summary>
    public const int MaxWrong = 5;

    /// <summary>How long a code can be used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>How long binding the address may take; then the request gives up.</summary>
    public static readonly TimeSpan BindingTime = TimeSpan.FromSeconds(30);

    /// <summary>A claim this old belongs to a request that died: it was given up twice as long ago.</summary>
    public static readonly TimeSpan ClaimTime = 2 * BindingTime;

    /// <summary>Names the code and salts its MAC.</summary>
    public required string Salt { get; init; }

    public required string Mac { get; init; }

    public required DateTimeOffset SentAt { get; init; }

    public CodeStatus Status { get; private init; }

    public int Wrong { get; private init; }

    /// <summary>The request that claimed it last.</summary>
    public string? Claim { get; private init; }

    public DateTimeOffset ClaimedAt { get; private init; }

    public static string NewSalt() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Four random digits, leading zeros included.</summary>
    public static string NewDigits() => RandomNumberGenerator.GetString("0123456789", Digits);

    public static OneTimeCode FromStorage(
        string salt,
        string mac,
        DateTimeOffset sentAt,
        CodeStatus status,
        int wrong,
        string? claim,
        DateTimeOffset claimedAt
    ) =>
        new()
        {
            Salt = salt,
            Mac = mac,
            SentAt = sentAt,
            Status = status,
            Wrong = wrong,
            Claim = claim,
            ClaimedAt = claimedAt,
        };

    public bool IsExpiredAt(DateTimeOffset now) => now >= SentAt + Lifetime;

    /// <summary>
    /// True when a request may try digits on it: nobody has used it, and nobody who lives is about to.
    /// </summary>
    public bool IsOpenAt(DateTimeOffset now) =>
        Status == CodeStatus.Pending || (Status == CodeStatus.Claimed && now >= ClaimedAt + ClaimTime);

    public OneTimeCode ClaimedBy(string claim, DateTimeOffset now) =>
        MovedTo(CodeStatus.Claimed) with
        {
            Claim = claim,
            ClaimedAt = now,
        };

    /// <summary>After one more wrong try.</summary>
    public OneTimeCode TriedWrong() =>
        (Wrong + 1 >= MaxWrong ? MovedTo(CodeStatus.Voided) : this) with
        {
            Wrong = Wrong + 1,
        };

    /// <exception cref="InvalidOperationException">It cannot become that.</exception>
    public OneTimeCode MovedTo(CodeStatus status) =>
        CodeTransitions.Allows(Status, status)
            ? this with
            {
                Status = status,
            }
            : throw new InvalidOperationException($"A code that is {Status} does not become {status}.");

    public override string ToString() => $"code ({Status})";
}
