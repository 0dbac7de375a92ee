using Serverless.Functions.Webhooks.Endpoints;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// When an attempt that may not be made now is tried again. Holding is not an attempt: the delivery's row does not
/// change, and the message counts how often and since when it was held.
/// </summary>
internal static class DeliveryHold
{
    /// <summary>The longest wait before asking for a place again, unless the gate asks for a longer one.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>The same for urgent attempts.</summary>
    public static readonly TimeSpan LongestUrgentWait = TimeSpan.FromSeconds(4);

    /// <summary>
    /// A few times the answer time of a healthy receiver: a longer wait would leave its places unused despite the
    /// backlog.
    /// </summary>
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(250);

    /// <summary>True if the attempt is made even while the circuit is open.</summary>
    /// <param name="task">The message.</param>
    /// <param name="urgent">True if somebody waits for the answer.</param>
    /// <param name="now">The current time.</param>
    public static bool IgnoresCircuit(DeliveryTask task, bool urgent, DateTimeOffset now) =>
        urgent || task.IsAskedFor || now - task.HeldSince >= Circuit.LongestPutOff;

    /// <summary>The message to send again.</summary>
    /// <param name="task">As it came.</param>
    /// <param name="now">The current time.</param>
    public static DeliveryTask Held(DeliveryTask task, DateTimeOffset now)
    {
        return task with { Held = task.Held + 1, HeldSince = task.HeldSince ?? now };
    }

    /// <summary>
    /// When a held attempt is tried again. The jitter is derived from the delivery's id, so that held attempts spread
    /// out, and a repeated message gets the same time.
    /// </summary>
    /// <param name="held">From <see cref="Held"/>.</param>
    /// <param name="webhookId">The delivery's.</param>
    /// <param name="refusal">Why it is held.</param>
    /// <param name="urgent">True if somebody waits for the answer.</param>
    /// <param name="now">The current time.</param>
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
        // Between half of the wait and all of it, but never less than the first wait.
        wait = (wait < longest ? wait : longest) * (0.5 + (jitter / RetrySchedule.MaxJitter / 2));
        var again = now + (wait > FirstWait ? wait : FirstWait);
        // Under heavy load the gate asks for a longer wait, but never longer than an open circuit may cause.
        var notBefore = ((Admission.NoPlace)refusal).NotBefore;
        var last = now + Circuit.LongestPutOff;
        if (notBefore < again)
            return again;
        return notBefore < last ? notBefore : last;
    }
}
