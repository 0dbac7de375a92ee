using System.Security.Cryptography;

namespace Serverless.Functions.Verifications;

internal enum CodeStatus
{
    /// <summary>Sent, not entered yet.</summary>
    Pending,

    /// <summary>Entered correctly; a request is now binding the address.</summary>
    Claimed,

    /// <summary>The address is bound.</summary>
    Used,

    /// <summary>Too many wrong tries, or its mail was not sent.</summary>
    Voided,
}

/// <summary>The allowed changes of status: one table. A new send replaces the code.</summary>
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
/// A code that was sent to an address for a reference. Only a MAC of its digits is stored: with 10,000 possible
/// values, a reader of the row could undo a salted hash, so the key comes from the key ring, which is not in any
/// table.
/// </summary>
internal sealed record OneTimeCode
{
    public const int Digits = 4;

    /// <summary>Wrong tries that void a code.</summary>
    public const int MaxWrong = 5;

    /// <summary>How long a code can be used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    /// <summary>Time limit for binding the address; after it the request gives up.</summary>
    public static readonly TimeSpan BindingTime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// An older claim belongs to a request that has crashed, since a running one gives up in half the time.
    /// </summary>
    public static readonly TimeSpan ClaimTime = 2 * BindingTime;

    /// <summary>Identifies the code and salts its MAC.</summary>
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
    /// True if a request may try digits: the code is not used, and no running request has claimed it.
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

    /// <exception cref="InvalidOperationException">The table does not allow this change.</exception>
    public OneTimeCode MovedTo(CodeStatus status) =>
        CodeTransitions.Allows(Status, status)
            ? this with
            {
                Status = status,
            }
            : throw new InvalidOperationException($"A code that is {Status} does not become {status}.");

    public override string ToString() => $"code ({Status})";
}
