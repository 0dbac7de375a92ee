namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>How soon an endpoint answers, as far as this instance knows.</summary>
internal enum Pace
{
    /// <summary>Nothing was sent to it lately.</summary>
    Unknown,

    /// <summary>It answers within <see cref="EndpointPace.QuickAnswer"/>.</summary>
    Quick,

    /// <summary>It let an attempt wait longer.</summary>
    Slow,
}

/// <summary>What is known of the time that an endpoint takes, as a value: what happens makes another one.</summary>
/// <param name="QuickAt">When it last answered within <see cref="QuickAnswer"/>.</param>
/// <param name="SlowAt">When it last let an attempt wait longer.</param>
internal sealed record EndpointPace(DateTimeOffset? QuickAt, DateTimeOffset? SlowAt)
{
    /// <summary>Until then an answer is quick.</summary>
    public static readonly TimeSpan QuickAnswer = TimeSpan.FromSeconds(1);

    /// <summary>
    /// One that hung is not taken for quick for so long, however it answers meanwhile: it may hang every other time.
    /// </summary>
    public static readonly TimeSpan StaysSlow = TimeSpan.FromMinutes(1);

    public static EndpointPace Unknown { get; } = new(null, null);

    public EndpointPace Answered(DateTimeOffset at) => this with { QuickAt = at };

    public EndpointPace Hung(DateTimeOffset at) => this with { SlowAt = at };

    /// <param name="now">The present moment.</param>
    /// <param name="isFailing">What another instance, or this one before it was started anew, has written down: it
    /// counts until this one knows better.</param>
    public Pace At(DateTimeOffset now, bool isFailing)
    {
        if (SlowAt is { } slow)
            return QuickAt > slow && now - slow >= StaysSlow ? Pace.Quick : Pace.Slow;
        if (QuickAt is not null)
            return Pace.Quick;
        return isFailing ? Pace.Slow : Pace.Unknown;
    }
}

/// <summary>The share of the trigger's calls that an attempt's wait counts against.</summary>
internal enum Share
{
    /// <summary>None: it will not wait for long.</summary>
    None,

    /// <summary>Of those that wait longer, or may.</summary>
    Slow,

    /// <summary>
    /// Of endpoints that nobody knows yet, while the share of the slow is full: for as long as the patience lasts.
    /// </summary>
    Trial,

    /// <summary>Of data requests, beside the share of the slow.</summary>
    Urgent,
}
