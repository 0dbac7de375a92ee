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

/// <summary>The endpoint's state, written only when it changes.</summary>
/// <param name="State">The state.</param>
/// <param name="Since">Since when; null if it never changed.</param>
/// <param name="Reason">Why it is not healthy.</param>
internal sealed record EndpointStatus(EndpointState State, DateTimeOffset? Since, string? Reason)
{
    /// <summary>An endpoint without any failure.</summary>
    public static EndpointStatus Healthy { get; } = new(EndpointState.Healthy, null, null);
}
