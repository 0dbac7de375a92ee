using Serverless.Functions.Ids;

namespace Serverless.Functions.Audit;

/// <summary>
/// Encrypts with the key of a person's data, so that an erasure of the person takes what was said about it.
/// </summary>
internal interface IPersonVault
{
    /// <summary>The encrypted text; null where nobody is known by this key, or the person was erased.</summary>
    Task<byte[]?> SealAsync(PersonKey person, string text, string purpose, CancellationToken ct);

    /// <summary>The text; null where the person was erased.</summary>
    Task<string?> OpenAsync(PersonKey person, byte[] sealedText, string purpose, CancellationToken ct);
}
