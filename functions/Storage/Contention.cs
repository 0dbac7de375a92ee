using System.Runtime.CompilerServices;

namespace Serverless.Functions.Storage;

/// <summary>
/// Read, decide, write conditionally; and all of it again where somebody else was first. What stands in the tables is
/// read anew by each try, so that none decides on what is over.
/// </summary>
internal static class Contention
{
    /// <summary>
    /// A hundred that begin together are all through after fewer; a write that can never succeed must end as an error,
    /// not as a request that hangs.
    /// </summary>
    private const int MaxTries = 300;

    /// <summary>Tries until a try is done.</summary>
    /// <param name="tryOnce">Reads, decides and writes: what came of it, or <see cref="TryResult.Lost"/>.</param>
    /// <param name="ct">Cancels the pauses between tries.</param>
    /// <returns>What the last try gave.</returns>
    /// <exception cref="InvalidOperationException">So many lost tries are no contention.</exception>
    public static async Task<T> RepeatAsync<T>(Func<Task<TryResult<T>>> tryOnce, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            if ((await tryOnce()).IsDone(out var value))
                return value;
            if (tries == MaxTries)
                throw new InvalidOperationException($"A conditional write was lost {tries} times.");
            await PauseAsync(tries, ct);
        }
    }

    /// <summary>The same for what gives nothing but that it is done: true.</summary>
    public static Task RepeatAsync(Func<Task<bool>> tryOnce, CancellationToken ct) =>
        RepeatAsync<bool>(async () => await tryOnce() ? true : TryResult.Lost, ct);

    /// <summary>
    /// A short random pause, growing with each lost try: of a hundred that began together somebody gets through, and
    /// then the next. Real time on purpose: this waits for other processes' writes, not for the clock.
    /// </summary>
    private static Task PauseAsync(int lost, CancellationToken ct) =>
        Task.Delay(Random.Shared.Next(5, 10 + (15 * Math.Min(lost, 10))), ct);
}

/// <summary>
/// What came of one try of <see cref="Contention.RepeatAsync{T}"/>: a value, which ends it, or
/// <see cref="TryResult.Lost"/>. Both are simply returned.
/// </summary>
internal readonly struct TryResult<T>
{
    private readonly StrongBox<T>? _done;

    private TryResult(T value) => _done = new StrongBox<T>(value);

    /// <summary>True with the value that the try gave.</summary>
    public bool IsDone(out T value)
    {
        value = _done is null ? default! : _done.Value!;
        return _done is not null;
    }

    public static implicit operator TryResult<T>(T value) => new(value);

    public static implicit operator TryResult<T>(LostTry lost) => default;
}

internal static class TryResult
{
    /// <summary>
    /// Somebody else was first, or is about to be: what stands there now is read, and decided on, again.
    /// </summary>
    public static LostTry Lost => default;

    /// <summary>Ends it with a value of an interface, which C# does not convert by itself.</summary>
    public static TryResult<T> Done<T>(T value) => value;
}

/// <summary>See <see cref="TryResult.Lost"/>.</summary>
internal readonly struct LostTry;
