namespace Serverless.Functions.Partners;

/// <summary>How a partner's endpoint does.</summary>
internal enum EndpointState
{
    /// <summary>The last attempt was taken, or none was made.</summary>
    Healthy,

    /// <summary>Attempts have failed since then, and none was taken.</summary>
    Failing,

    /// <summary>The partner turned it off.</summary>
    Paused,

    /// <summary>It answered 410 and was turned off.</summary>
    Disabled,
}

/// <summary>The endpoint's state, written only when it changes.</summary>
/// <param name="State">How it does.</param>
/// <param name="Since">Since when; null where it was never otherwise.</param>
/// <param name="Reason">Why, where it is not healthy.</param>
internal sealed record EndpointStatus(EndpointState State, DateTimeOffset? Since, string? Reason)
{
    /// <summary>Nothing is known against it.</summary>
    public static EndpointStatus Healthy { get; } = new(EndpointState.Healthy, null, null);
}
