namespace Serverless.Functions.KycSharing;

/// <summary>The company that transfers verified persons from partners to us.</summary>
internal interface IKycProvider
{
    /// <summary>
    /// Its name in <c>provider.vendor</c> of a share; null if no provider is configured, and then sharing is disabled
    /// for all partners.
    /// </summary>
    string? Vendor { get; }

    /// <summary>Reads the credentials that it cannot work without, to find a missing one at the start.</summary>
    Task CheckCredentialsAsync(CancellationToken ct);

    /// <summary>Imports the person of a share token. Idempotent: the same share gives the same person.</summary>
    /// <param name="shareId">Identifies the share at the provider.</param>
    /// <param name="token">The partner's token.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <exception cref="KycProviderDownException">The provider is down.</exception>
    Task<KycImport> ImportAsync(string shareId, string token, CancellationToken ct);

    /// <summary>The result of the person's checks; null while they run.</summary>
    /// <param name="applicant">The provider's id of the person.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <exception cref="KycProviderDownException">The provider is down.</exception>
    Task<KycResult?> FindResultAsync(string applicant, CancellationToken ct);
}

/// <summary>Result of importing a share token.</summary>
internal abstract record KycImport
{
    /// <param name="Applicant">The provider's id of the person.</param>
    public sealed record Imported(string Applicant) : KycImport;

    /// <summary>
    /// The token is expired, unknown, used up or meant for another recipient; another token may work.
    /// </summary>
    /// <param name="Reason">The provider's error code; nothing of the token.</param>
    public sealed record Refused(string Reason) : KycImport;
}

/// <summary>Result of a person's checks.</summary>
internal abstract record KycResult
{
    public sealed record Approved(KycPerson Person) : KycResult;

    /// <summary>Final.</summary>
    public sealed record Rejected : KycResult;

    /// <summary>Not like this, but the person may try again.</summary>
    public sealed record Retryable : KycResult;

    /// <summary>
    /// The provider requires more than was shared. Right after the import this may change by itself.
    /// </summary>
    public sealed record Incomplete : KycResult;
}

/// <summary>The provider's data of an approved person; null for what it does not return.</summary>
internal sealed record KycPerson(string? GivenName, string? Surname, string? DateOfBirth)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(KycPerson);
}

/// <summary>
/// The provider cannot be reached, refuses to work at the moment or gives an invalid answer: retry later.
/// </summary>
internal sealed class KycProviderDownException(string message) : Exception(message);

/// <summary>Where no provider is configured.</summary>
internal sealed class NoKycProvider : IKycProvider
{
    public string? Vendor => null;

    public Task CheckCredentialsAsync(CancellationToken ct) => Task.CompletedTask;

    public Task<KycImport> ImportAsync(string shareId, string token, CancellationToken ct) =>
        throw new KycProviderDownException("No provider is configured.");

    public Task<KycResult?> FindResultAsync(string applicant, CancellationToken ct) =>
        throw new KycProviderDownException("No provider is configured.");
}
