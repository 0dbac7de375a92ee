using System.Security.Cryptography;
using Mono.Cecil;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Security;
using Serverless.Functions.Typed;
using Serverless.Functions.Webhooks.Signing;
using Serverless.Tests.Architecture;
using Xunit;

namespace Serverless.Tests.Security;

/// <summary>How long a check takes tells nothing about how much of a guess was right. The compiled app is asked.</summary>
public sealed class FixedTimeTests
{
    /// <summary>Where a keyed hash is made, and whether one that a caller sent is compared with it.</summary>
    private static readonly Dictionary<string, bool> Compares = new()
    {
        // Signed requests.
        [nameof(HmacSignature)] = true,
        // Sessions of links, anti-forgery tokens, one-time codes.
        [nameof(KeyRing)] = true,
        // What is sent to others.
        [nameof(WebhookSignature)] = false,
        [nameof(SumsubKycProvider)] = false,
        // Names of rows: storage is asked for the whole of it.
        [nameof(ShareTokens)] = false,
        [nameof(EmailAddress)] = false,
    };

    [Fact]
    public void Whoever_makes_a_keyed_hash_compares_it_in_fixed_time_or_not_at_all()
    {
        var made = Compiled
            .Methods.Where(method => Compiled.Calls(method).Any(MakesKeyedHash))
            .Select(method => Compiled.Outermost(method.DeclaringType).Name)
            .Distinct()
            .Order();
        // A new one belongs into the table.
        Assert.Equal(Compares.Keys.Order(), made);
        foreach (var (name, compares) in Compares)
        {
            var calls = Compiled
                .Methods.Where(method => Compiled.Outermost(method.DeclaringType).Name == name)
                .SelectMany(Compiled.Calls)
                .ToList();
            Assert.Equal(
                (name, compares),
                (name, calls.Any(call => call.Name == nameof(CryptographicOperations.FixedTimeEquals)))
            );
            Assert.DoesNotContain(calls, ComparesBytes);
        }
    }

    [Fact]
    public void A_signature_is_compared_by_nothing_else()
    {
        // What answers yes or no about a signature, and what it calls of its own class.
        foreach (var (type, verifier) in Verifiers)
        {
            var calls = Compiled
                .Methods.Where(method =>
                    method.DeclaringType.FullName.StartsWith(type.FullName!, StringComparison.Ordinal)
                )
                .Where(method =>
                    method.Name == verifier
                    || method.DeclaringType.Name.StartsWith($"<{verifier}>", StringComparison.Ordinal)
                )
                .SelectMany(Compiled.Calls)
                .ToList();
            Assert.Contains(calls, call => call.Name == nameof(CryptographicOperations.FixedTimeEquals));
            Assert.DoesNotContain(calls, call => ComparesBytes(call) || ComparesText(call));
        }
    }

    private static readonly (Type Type, string Verifier)[] Verifiers =
    [
        (typeof(HmacSignature), nameof(HmacSignature.Matches)),
        (typeof(KeyRing), nameof(KeyRing.IsSignedAsync)),
    ];

    private static bool MakesKeyedHash(MethodReference call) =>
        call.DeclaringType.Name.StartsWith("HMAC", StringComparison.Ordinal)
        || (call.DeclaringType.Name == nameof(IncrementalHash) && call.Name == nameof(IncrementalHash.CreateHMAC));

    private static bool ComparesBytes(MethodReference call) =>
        call.Name is nameof(MemoryExtensions.SequenceEqual) or nameof(MemoryExtensions.SequenceCompareTo);

    private static bool ComparesText(MethodReference call) =>
        call.DeclaringType.FullName == typeof(string).FullName
        && call.Name is "op_Equality" or "op_Inequality" or nameof(string.Equals) or nameof(string.Compare);
}
