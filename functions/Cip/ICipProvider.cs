using Serverless.Functions.Ids;

namespace Serverless.Functions.Cip;

/// <summary>What a provider is told of a person, in clear: never stored, never logged.</summary>
internal sealed record CipSubject(IReadOnlyDictionary<string, string> Fields)
{
    public string IdNumber => Fields["idNumber"];

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(CipSubject)} of {Fields.Count} fields";
}

/// <summary>The company that verifies identities.</summary>
internal interface ICipProvider
{
    /// <summary>Hands in a check. The same ticket handed in again is the same check.</summary>
    /// <param name="ticket">Names the check.</param>
    /// <param name="subject">Whom to verify.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>The provider's own id of the check.</returns>
    /// <exception cref="CipProviderDownException">Not now.</exception>
    Task<string> SubmitAsync(TicketId ticket, CipSubject subject, CancellationToken ct);

    /// <summary>What came of a check; null while it runs.</summary>
    /// <param name="reference">What <see cref="SubmitAsync"/> returned.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <exception cref="CipProviderDownException">Not now.</exception>
    Task<CipOutcome?> FindResultAsync(string reference, CancellationToken ct);
}

/// <summary>A provider's word.</summary>
internal enum CipOutcome
{
    Verified,
    Failed,
    NeedsReview,
}

/// <summary>The provider cannot be reached or refuses to work at the moment: try later.</summary>
internal sealed class CipProviderDownException(string message) : Exception(message);
