namespace Serverless.Local.Messaging;

/// <summary>What a receiver decides about a message that is locked for it.</summary>
internal enum Outcome
{
    Complete,
    Abandon,
    Defer,
    DeadLetter,

    /// <summary>
    /// The message never got to anybody who could work on it (it arrived when nobody was waiting any more): that was
    /// no delivery.
    /// </summary>
    Return,
}

/// <summary>What a receiver decides, with what it wants to have changed.</summary>
/// <param name="Outcome">What is to become of the message.</param>
/// <param name="Properties">Application properties to set, in AMQP's encoding.</param>
internal sealed record Settlement(Outcome Outcome, IReadOnlyDictionary<string, byte[]> Properties)
{
    private static readonly IReadOnlyDictionary<string, byte[]> Unchanged = new Dictionary<string, byte[]>();

    public Settlement(Outcome outcome)
        : this(outcome, Unchanged) { }
}
