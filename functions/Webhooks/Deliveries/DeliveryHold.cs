using Serverless.Functions.Webhooks.Endpoints;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// When an attempt that may not be made now comes back. It is not an attempt: the delivery's row stays as it is, and
/// the message carries how often and since when it was held.
/// </summary>
internal static class DeliveryHold
{
    /// <summary>
    /// The longest wait for a place until it is looked for again, unless the gate asks for a longer one.
    /// </summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>The same where somebody waits for the answer.</summary>
    public static readonly TimeSpan LongestUrgentWait = TimeSpan.FromSeconds(4);

    /// <summary>
    /// A few answers of a receiver that works: waiting longer would leave its places empty while its backlog stands.
    /// </summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);

    /// <summary>Whether the attempt is made also while the circuit is open.</summary>
    /// <param name="task">The message.</param>
    /// <param name="urgent">Whether somebody waits for the answer.</param>
    /// <param name="now">The present moment.</param>
    public static bool IgnoresCircuit(DeliveryTask task, bool urgent, DateTimeOffset now) =>
        urgent || now - task.HeldSince >= Circuit.LongestPutOff;

    /// <summary>The message as it is sent again.</summary>
    /// <param name="task">As it came.</param>
    /// <param name="now">The present moment.</param>
    public static DeliveryTask Held(DeliveryTask task, DateTimeOffset now)
    {
        return task with { Held = task.Held + 1, HeldSince = task.HeldSince ?? now };
    }

    /// <summary>
    /// When a held attempt comes back: spread by the delivery's id, so that what was held together does not come back
    /// together, and a repeated message agrees with the first.
    /// </summary>
    /// <param name="held">From <see cref="Held"/>.</param>
    /// <param name="webhookId">The delivery's.</param>
    /// <param name="refusal">Why it is held.</param>
    /// <param name="urgent">Whether somebody waits for the answer.</param>
    /// <param name="now">The present moment.</param>
    public static DateTimeOffset DueAt(
        DeliveryTask held,
        string webhookId,
        Admission refusal,
        bool urgent,
        DateTimeOffset now
    )
    {
        var jitter = RetrySchedule.JitterAfter(webhookId, held.Held);
        if (refusal is Admission.CircuitOpen open)
        {
            var due = open.Until + (open.Pause * jitter);
            var latest = held.HeldSince!.Value + Circuit.LongestPutOff;
            return due < latest ? due : latest;
        }
        var longest = urgent ? LongestUrgentWait : LongestWait;
        var wait = FirstWait * Math.Pow(2, Math.Min(held.Held - 1, 10));
        // From half of the wait to all of it, but never less than the first one.
        wait = (wait < longest ? wait : longest) * (0.5 + (jitter / RetrySchedule.MaxJitter / 2));
        var again = now + (wait > FirstWait ? wait : FirstWait);
        // Where very many wait, the gate asks for a longer wait, but never for longer than an open circuit may cause.
        var notBefore = ((Admission.NoPlace)refusal).NotBefore;
        var last = now + Circuit.LongestPutOff;
        if (notBefore < again)
            return again;
        return notBefore < last ? notBefore : last;
    }
}
