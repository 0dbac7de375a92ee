using System.Runtime.CompilerServices;

namespace Serverless.Functions.Storage;

/// <summary>
/// Optimistic concurrency: read, decide, write conditionally, and repeat all three after a conflict. Each try reads
/// again, so that none decides on outdated data.
/// </summary>
internal static class Contention
{
    /// <summary>
    /// A hundred concurrent writers need fewer; a write that can never succeed must end as an error, not as a hanging
    /// request.
    /// </summary>
    private const int MaxTries = 300;

    /// <summary>Repeats until a try succeeds.</summary>
    /// <param name="tryOnce">
    /// Reads, decides and writes; returns the result, or <see cref="TryResult.Lost"/> after a conflict.
    /// </param>
    /// <param name="ct">Cancels the pauses between tries.</param>
    /// <returns>The result of the last try.</returns>
    /// <exception cref="InvalidOperationException">Too many conflicts to be ordinary contention.</exception>
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

    /// <summary>The same for an operation without a result: returns true when it is done.</summary>
    public static Task RepeatAsync(Func<Task<bool>> tryOnce, CancellationToken ct) =>
        RepeatAsync<bool>(async () => await tryOnce() ? true : TryResult.Lost, ct);

    /// <summary>
    /// A short random pause that grows with each conflict, so that many concurrent writers succeed one after the
    /// other. Uses real time on purpose: it waits for the writes of other processes.
    /// </summary>
    private static Task PauseAsync(int lost, CancellationToken ct) =>
        Task.Delay(Random.Shared.Next(5, 10 + (15 * Math.Min(lost, 10))), ct);
}

/// <summary>
/// Result of one try of <see cref="Contention.RepeatAsync{T}"/>: a value, which ends the loop, or
/// <see cref="TryResult.Lost"/>. Both convert implicitly.
/// </summary>
internal readonly struct TryResult<T>
{
    private readonly StrongBox<T>? _done;

    private TryResult(T value) => _done = new StrongBox<T>(value);

    /// <summary>True, with the value, if the try succeeded.</summary>
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
    /// <summary>A conflict: another writer was first, or is about to be. Read and decide again.</summary>
    public static LostTry Lost => default;

    /// <summary>Wraps a value of an interface type, which C# does not convert implicitly.</summary>
    public static TryResult<T> Done<T>(T value) => value;
}

/// <summary>See <see cref="TryResult.Lost"/>.</summary>
internal readonly struct LostTry;
