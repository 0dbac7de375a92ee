namespace Serverless.Functions.Partners;

/// <summary>State of a partner's endpoint.</summary>
internal enum EndpointState
{
    /// <summary>The last attempt succeeded, or none was made.</summary>
    Healthy,

    /// <summary>Attempts have failed since then, and none succeeded.</summary>
    Failing,

    /// <summary>The partner turned it off.</summary>
    Paused,

    /// <summary>It answered 410 and was turned off.</summary>
    Disabled,
}

/// <summary>How the webhook endpoint fares.</summary>
internal sealed record EndpointStatus
{
    /// <summary>
    /// <c>healthy</c>: the last attempt succeeded, or none was made. <c>failing</c>: attempts have failed since
    /// <c>since</c>, and none succeeded. <c>paused</c>: you turned it off. <c>disabled</c>: it answered 410 and was
    /// turned off; set <c>enabled</c> to <c>true</c> to turn it on.
    /// </summary>
    /// <example>failing</example>
    public required EndpointState State { get; init; }

    /// <summary>When the state began. Absent if it never changed.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Why it is not healthy, in English. Absent for <c>healthy</c> and <c>paused</c>.</summary>
    /// <example>the endpoint answered 503</example>
    public string? Reason { get; init; }

    /// <summary>An endpoint without any failure.</summary>
    public static EndpointStatus Healthy { get; } = new() { State = EndpointState.Healthy };
}
