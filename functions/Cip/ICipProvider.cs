using Serverless.Functions.Ids;

namespace Serverless.Functions.Cip;

/// <summary>The personal data that a provider gets, in clear text: never stored, never logged.</summary>
internal sealed record CipSubject(IReadOnlyDictionary<string, string> Fields)
{
    public string IdNumber => Fields["idNumber"];

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(CipSubject)} of {Fields.Count} fields";
}

/// <summary>The company that verifies identities.</summary>
internal interface ICipProvider
{
    /// <summary>Submits a check. Idempotent: the same ticket is the same check.</summary>
    /// <param name="ticket">Identifies the check.</param>
    /// <param name="subject">The person to verify.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The provider's own id of the check.</returns>
    /// <exception cref="CipProviderDownException">Not now.</exception>
    Task<string> SubmitAsync(TicketId ticket, CipSubject subject, CancellationToken ct);

    /// <summary>The result of a check; null while it runs.</summary>
    /// <param name="reference">What <see cref="SubmitAsync"/> returned.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <exception cref="CipProviderDownException">Not now.</exception>
    Task<CipOutcome?> FindResultAsync(string reference, CancellationToken ct);
}

/// <summary>A provider's result.</summary>
internal enum CipOutcome
{
    Verified,
    Failed,
    NeedsReview,
}

/// <summary>The provider cannot be reached or refuses to work at the moment: try later.</summary>
internal sealed class CipProviderDownException(string message) : Exception(message);
