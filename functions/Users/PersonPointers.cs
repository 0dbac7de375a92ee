using Serverless.Functions.Ids;
using Serverless.Functions.Security;

namespace Serverless.Functions.Users;

/// <summary>
/// Names persons to orchestrations that no link leads to. What an orchestration is told is stored in clear until the
/// purge, and a partner's reference may be an e-mail address: it stands there wrapped by the key ring.
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
