namespace Serverless.Functions.KycSharing;

/// <summary>The company that partners share verified persons through.</summary>
internal interface IKycProvider
{
    /// <summary>
    /// What <c>provider.vendor</c> of a share calls it; null where none is configured: sharing is then not enabled for
    /// anybody.
    /// </summary>
    string? Vendor { get; }

    /// <summary>
    /// Takes over the person that a share token stands for. The same share taken over again is the same person.
    /// </summary>
    /// <param name="shareId">Names the share at the provider.</param>
    /// <param name="token">The partner's token.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <exception cref="KycProviderDownException">Not now.</exception>
    Task<KycImport> ImportAsync(string shareId, string token, CancellationToken ct);

    /// <summary>What came of the person's checks; null while they run.</summary>
    /// <param name="applicant">The provider's id of the person.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <exception cref="KycProviderDownException">Not now.</exception>
    Task<KycResult?> FindResultAsync(string applicant, CancellationToken ct);
}

/// <summary>What came of a share token.</summary>
internal abstract record KycImport
{
    /// <param name="Applicant">The provider's id of the person.</param>
    public sealed record Imported(string Applicant) : KycImport;

    /// <summary>The token is expired, unknown, used up or meant for somebody else: another one may do better.</summary>
    /// <param name="Reason">The provider's name for it; nothing of the token.</param>
    public sealed record Refused(string Reason) : KycImport;
}

/// <summary>What came of a person's checks.</summary>
internal abstract record KycResult
{
    public sealed record Approved(KycPerson Person) : KycResult;

    /// <summary>Final.</summary>
    public sealed record Rejected : KycResult;

    /// <summary>Not like this, but the person may try again.</summary>
    public sealed record Retryable : KycResult;

    /// <summary>
    /// The provider asks the person for more than was shared. Right after the import that may change by itself.
    /// </summary>
    public sealed record Incomplete : KycResult;
}

/// <summary>What the provider knows of an approved person; null what it does not tell.</summary>
internal sealed record KycPerson(string? GivenName, string? Surname, string? DateOfBirth)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(KycPerson);
}

/// <summary>
/// The provider cannot be reached, refuses to work at the moment or answers what makes no sense: try later.
/// </summary>
internal sealed class KycProviderDownException(string message) : Exception(message);

/// <summary>Where no provider is configured.</summary>
internal sealed class NoKycProvider : IKycProvider
{
    public string? Vendor => null;

    public Task<KycImport> ImportAsync(string shareId, string token, CancellationToken ct) =>
        throw new KycProviderDownException("No provider is configured.");

    public Task<KycResult?> FindResultAsync(string applicant, CancellationToken ct) =>
        throw new KycProviderDownException("No provider is configured.");
}
