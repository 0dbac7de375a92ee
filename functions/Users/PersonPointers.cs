using Serverless.Functions.Ids;
using Serverless.Functions.Security;

namespace Serverless.Functions.Users;

/// <summary>
/// References to persons for orchestrations that have no link. An orchestration's input is stored in clear text until
/// the purge, and a partner's reference may be an e-mail address, so the key ring encrypts it.
/// </summary>
internal sealed class PersonPointers(KeyRing keyRing)
{
    private const string Purpose = "person-pointer";

    public ValueTask<string> WrapAsync(PersonKey person, CancellationToken ct) =>
        keyRing.WrapAsync(person.Partition, Purpose, ct);

    /// <exception cref="System.Security.Cryptography.CryptographicException">Not one of ours.</exception>
    public async ValueTask<PersonKey> UnwrapAsync(string pointer, CancellationToken ct) =>
        PersonKey.FromPartition(await keyRing.UnwrapTextAsync(pointer, Purpose, ct));
}
