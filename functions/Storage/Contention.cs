namespace Serverless.Functions.Storage;

/// <summary>Keeps apart what fights for one row.</summary>
internal static class Contention
{
    /// <summary>
    /// A hundred that begin together are all through after fewer; a write that can never succeed must end as an error,
    /// not as a request that hangs.
    /// </summary>
    public const int MaxTries = 300;

    /// <summary>
    /// A short random pause, growing with each lost try: of a hundred that began together somebody gets through, and
    /// then the next.
    /// </summary>
    /// <param name="attempt">The lost try, from 1.</param>
    /// <param name="ct">Cancels the pause.</param>
    /// <exception cref="InvalidOperationException">So many lost tries are no contention.</exception>
    public static Task PauseAsync(int attempt, CancellationToken ct) =>
        attempt >= MaxTries
            ? throw new InvalidOperationException($"A conditional write was lost {attempt} times.")
            // Real time on purpose: this waits for other processes' writes, not for the clock.
            : Task.Delay(Random.Shared.Next(5, 10 + (15 * Math.Min(attempt, 10))), ct);
}
