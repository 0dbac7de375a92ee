using Serverless.Functions.Ids;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>Whether an attempt may be made now.</summary>
internal abstract record Admission
{
    /// <summary>Yes; the pass is to be disposed of when the attempt has ended.</summary>
    public sealed record Admitted(GatePass Pass) : Admission;

    /// <summary>All places are taken, or a probe is finding out whether the endpoint is back.</summary>
    /// <param name="NotBefore">When it is worth while to ask again, at the earliest.</param>
    public sealed record NoPlace(DateTimeOffset NotBefore) : Admission;

    /// <summary>The endpoint's circuit is open.</summary>
    /// <param name="Until">When the next probe may be made.</param>
    /// <param name="Pause">How long the pause between probes is now.</param>
    public sealed record CircuitOpen(DateTimeOffset Until, TimeSpan Pause) : Admission;
}

/// <summary>What the gate has to know of an attempt.</summary>
/// <param name="Partner">Whose endpoint.</param>
/// <param name="Url">The endpoint's URL.</param>
/// <param name="IgnoresCircuit">Whether it is made also while the circuit is open. It needs a place all the
/// same.</param>
/// <param name="IsUrgent">Whether somebody waits for the answer: a data request.</param>
/// <param name="IsFailing">Whether the endpoint is known to have failed last.</param>
internal sealed record GateRequest(
    PartnerId Partner,
    string Url,
    bool IgnoresCircuit = false,
    bool IsUrgent = false,
    bool IsFailing = false
);

/// <summary>A place of an attempt, until it is disposed of.</summary>
/// <param name="mayGoOn">Asks whether it may wait for longer than the patience lasts.</param>
/// <param name="leave">Gives the place back, with the attempt's outcome if it was made.</param>
internal sealed class GatePass(Func<bool> mayGoOn, Action<AttemptOutcome?> leave) : IDisposable
{
    private Action<AttemptOutcome?>? _leave = leave;

    /// <summary>
    /// The attempt has not been answered within <see cref="EndpointPace.QuickAnswer"/>: false where it is to be given
    /// up, because too many wait already.
    /// </summary>
    public bool MayGoOn() => mayGoOn();

    /// <summary>The attempt has ended.</summary>
    /// <param name="outcome">How it ended; null where it was not made.</param>
    public void End(AttemptOutcome? outcome) => Interlocked.Exchange(ref _leave, null)?.Invoke(outcome);

    /// <summary>Gives the place back if the attempt has not ended: it was not made.</summary>
    public void Dispose() => End(null);
}
