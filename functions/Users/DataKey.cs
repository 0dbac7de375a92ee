using System.Security.Cryptography;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;

namespace Serverless.Functions.Users;

/// <summary>The key that encrypts one person's values; the key ring wraps it for this person only.</summary>
internal static class DataKey
{
    public static byte[] New() => RandomNumberGenerator.GetBytes(32);

    public static ValueTask<string> WrapAsync(KeyRing ring, PersonKey person, byte[] key, CancellationToken ct) =>
        ring.WrapAsync(key, PurposeOf(person), ct);

    public static ValueTask<byte[]> UnwrapAsync(KeyRing ring, PersonKey person, string wrapped, CancellationToken ct) =>
        ring.UnwrapAsync(wrapped, PurposeOf(person), ct);

    private static string PurposeOf(PersonKey person) => $"data-key|{person.Partition}";
}
