using Serverless.Functions.Ids;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>Whether an attempt may be made now.</summary>
internal abstract record Admission
{
    /// <summary>Yes; dispose of the pass when the attempt has ended.</summary>
    public sealed record Admitted(GatePass Pass) : Admission;

    /// <summary>All places are taken, or a probe is testing the endpoint.</summary>
    /// <param name="NotBefore">The earliest time to ask again.</param>
    public sealed record NoPlace(DateTimeOffset NotBefore) : Admission;

    /// <summary>The endpoint's circuit is open.</summary>
    /// <param name="Until">When the next probe may be made.</param>
    /// <param name="Pause">How long the pause between probes is now.</param>
    public sealed record CircuitOpen(DateTimeOffset Until, TimeSpan Pause) : Admission;
}

/// <summary>What the gate needs to know about an attempt.</summary>
/// <param name="Partner">Whose endpoint.</param>
/// <param name="Url">The endpoint's URL.</param>
/// <param name="IgnoresCircuit">True if it is made even while the circuit is open; it still needs a place.</param>
/// <param name="IsUrgent">True if somebody waits for the answer: a data request.</param>
/// <param name="IsFailing">True if the endpoint's last known attempt failed.</param>
internal sealed record GateRequest(
    PartnerId Partner,
    string Url,
    bool IgnoresCircuit = false,
    bool IsUrgent = false,
    bool IsFailing = false
);

/// <summary>The place that an attempt holds until it is disposed of.</summary>
/// <param name="mayGoOn">Asks whether it may wait longer than <see cref="EndpointPace.QuickAnswer"/>.</param>
/// <param name="leave">Releases the place, with the attempt's outcome if it was made.</param>
internal sealed class GatePass(Func<bool> mayGoOn, Action<AttemptOutcome?> leave) : IDisposable
{
    private Action<AttemptOutcome?>? _leave = leave;

    /// <summary>
    /// Called when no answer came within <see cref="EndpointPace.QuickAnswer"/>: false if too many attempts wait
    /// already, so this one must be cancelled.
    /// </summary>
    public bool MayGoOn() => mayGoOn();

    /// <summary>Releases the place after the attempt.</summary>
    /// <param name="outcome">Its outcome; null if it was not made.</param>
    public void End(AttemptOutcome? outcome) => Interlocked.Exchange(ref _leave, null)?.Invoke(outcome);

    /// <summary>Releases the place of an attempt that was not made.</summary>
    public void Dispose() => End(null);
}
