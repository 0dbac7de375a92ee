namespace Serverless.Functions.Waiting;

/// <summary>
/// When the handler of a message looks for what the message announces: it was sent before the commit, so the row may
/// not be there yet. A few looks within two seconds (the commit is under way, perhaps on a busy storage account), then
/// one for each time that the message is sent again (the committing process hangs), then none: nothing had happened.
/// </summary>
/// <param name="Rounds">How long the message waits before each time that it comes back.</param>
internal sealed record LookupSchedule(IReadOnlyList<TimeSpan> Rounds)
{
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMilliseconds(20),
        TimeSpan.FromMilliseconds(80),
        TimeSpan.FromMilliseconds(400),
        TimeSpan.FromMilliseconds(1200),
    ];

    /// <summary>Looks until it is there.</summary>
    /// <param name="round">How often the message has come back; the short pauses are for its first coming.</param>
    /// <param name="isThere">Looks.</param>
    /// <param name="ct">Cancels the pauses.</param>
    /// <returns>False where it is not there yet.</returns>
    public static async Task<bool> FindAsync(int round, Func<Task<bool>> isThere, CancellationToken ct)
    {
        if (await isThere())
            return true;
        foreach (var pause in round == 0 ? Pauses : [])
        {
            // Real time on purpose: this waits for another process's commit, not for the clock.
            await Task.Delay(pause, ct);
            if (await isThere())
                return true;
        }
        return false;
    }

    /// <summary>How long the message is to wait after a round; null after the last one.</summary>
    public TimeSpan? PauseAfter(int round) => round < Rounds.Count ? Rounds[round] : null;
}
