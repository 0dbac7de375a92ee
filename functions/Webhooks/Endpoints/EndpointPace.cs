namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>How soon an endpoint answers, as far as this instance knows.</summary>
internal enum Pace
{
    /// <summary>Nothing was sent to it lately.</summary>
    Unknown,

    /// <summary>It answers within <see cref="EndpointPace.QuickAnswer"/>.</summary>
    Quick,

    /// <summary>An attempt had to wait longer.</summary>
    Slow,
}

/// <summary>What is known about an endpoint's answer time, as an immutable value.</summary>
/// <param name="QuickAt">When it last answered within <see cref="QuickAnswer"/>.</param>
/// <param name="SlowAt">When an attempt last had to wait longer.</param>
internal sealed record EndpointPace(DateTimeOffset? QuickAt, DateTimeOffset? SlowAt)
{
    /// <summary>The longest time of a quick answer.</summary>
    public static readonly TimeSpan QuickAnswer = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A slow endpoint stays slow for so long even if it answers quickly meanwhile: it may hang every other time.
    /// </summary>
    public static readonly TimeSpan StaysSlow = TimeSpan.FromMinutes(1);

    public static EndpointPace Unknown { get; } = new(null, null);

    public EndpointPace Answered(DateTimeOffset at) => this with { QuickAt = at };

    public EndpointPace Hung(DateTimeOffset at) => this with { SlowAt = at };

    /// <param name="now">The current time.</param>
    /// <param name="isFailing">
    /// The stored state, written by another instance or before a restart: it counts until this instance knows better.
    /// </param>
    public Pace At(DateTimeOffset now, bool isFailing)
    {
        if (SlowAt is { } slow)
            return QuickAt > slow && now - slow >= StaysSlow ? Pace.Quick : Pace.Slow;
        if (QuickAt is not null)
            return Pace.Quick;
        return isFailing ? Pace.Slow : Pace.Unknown;
    }
}

/// <summary>The limit of concurrent calls that a waiting attempt counts against.</summary>
internal enum Share
{
    /// <summary>None: it will not wait for long.</summary>
    None,

    /// <summary>The places of endpoints that are slow, or may be.</summary>
    Slow,

    /// <summary>
    /// The places of unknown endpoints while <see cref="Slow"/> is full: for at most
    /// <see cref="EndpointPace.QuickAnswer"/>.
    /// </summary>
    Trial,

    /// <summary>The additional places of data requests.</summary>
    Urgent,
}
