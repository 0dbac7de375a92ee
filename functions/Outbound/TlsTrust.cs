using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Serverless.Functions.Outbound;

/// <summary>Why a receiver's TLS was refused, in words for its owner.</summary>
internal sealed class RefusedTlsException(string message) : Exception(message);

/// <summary>
/// How receivers are authenticated: by a trusted authority's certificate for the host's name, with TLS 1.2 or newer.
/// Nothing that a certificate names is downloaded.
/// </summary>
internal static class TlsTrust
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AuthorityInformationAccess = "1.3.6.1.5.5.7.1.1";

    /// <summary>In the order of the message: the problem to fix first comes first.</summary>
    private static readonly (X509ChainStatusFlags Flag, string Reason)[] Known =
    [
        (X509ChainStatusFlags.UntrustedRoot, UnknownAuthority),
        (X509ChainStatusFlags.Revoked, "the certificate was revoked"),
        (X509ChainStatusFlags.NotValidForUsage, "the certificate is not made for servers"),
        (X509ChainStatusFlags.NotSignatureValid, "the certificate's signature does not fit"),
    ];

    private const string UnknownAuthority =
        "the certificate comes from an authority that is not trusted publicly (or from the server itself)";

    private const string Incomplete =
        "the certificate's chain is incomplete: the server must send the intermediate certificates, too";

    /// <summary>Options for a client's handler.</summary>
    public static SslClientAuthenticationOptions Options() =>
        new()
        {
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = new X509ChainPolicy
            {
                // A certificate can name any URL for its issuer or a revocation list, so a server could make us fetch
                // it.
                DisableCertificateDownloads = true,
                RevocationMode = X509RevocationMode.NoCheck,
                ApplicationPolicy = { new Oid(ServerAuthentication) },
            },
            RemoteCertificateValidationCallback = (_, certificate, chain, problems) =>
                problems == SslPolicyErrors.None
                    ? true
                    : throw new RefusedTlsException(Reason(certificate, chain, problems)),
        };

    /// <summary>All problems of a server's certificate, in one sentence.</summary>
    private static string Reason(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors problems)
    {
        if (certificate is null)
            return "the server showed no certificate";
        var reasons = new List<string>();
        if (problems.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && chain is not null)
            reasons.AddRange(ReasonsOf(chain));
        if (problems.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            reasons.Add("the certificate is for another host name");
        return reasons.Count == 0 ? "the certificate cannot be used" : string.Join(", and ", reasons);
    }

    private static IEnumerable<string> ReasonsOf(X509Chain chain)
    {
        var flags = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        if (flags.HasFlag(X509ChainStatusFlags.NotTimeValid))
            yield return OutOfTime(chain);
        if (flags.HasFlag(X509ChainStatusFlags.PartialChain))
            yield return IsIncomplete(chain) ? Incomplete : UnknownAuthority;
        foreach (var (flag, reason) in Known)
            if (flags.HasFlag(flag))
                yield return reason;
    }

    private static string OutOfTime(X509Chain chain)
    {
        var now = TimeProvider.System.GetLocalNow().DateTime;
        return chain.ChainElements.Any(element => element.Certificate.NotBefore > now)
            ? "the certificate is not valid yet"
            : "the certificate has expired";
    }

    /// <summary>
    /// True if an intermediate certificate is missing, false if the authority is unknown. Certificates of public
    /// authorities contain the URL of the issuer's certificate; those of private ones do not.
    /// </summary>
    private static bool IsIncomplete(X509Chain chain) =>
        chain.ChainElements is [.., { Certificate: var last }]
        && last.SubjectName.Name != last.IssuerName.Name
        && last.Extensions.Any(extension => extension.Oid?.Value == AuthorityInformationAccess);
}

/// <summary>
/// Inspects the first bytes that a server sends when TLS begins: the server's version, or that it does not speak TLS.
/// The platform's TLS errors explain neither.
/// </summary>
internal sealed class TlsOpening(Stream inner) : PassThroughStream(inner)
{
    private const byte Alert = 21;
    private const byte Handshake = 22;
    private const byte ServerHello = 2;
    private const byte ProtocolVersion = 70;

    /// <summary>Of a record's header, then of an alert, or of a ServerHello up to its version.</summary>
    private readonly byte[] _first = new byte[11];
    private int _length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var length = await base.ReadAsync(buffer, cancellationToken);
        if (_length < _first.Length)
            Inspect(buffer.Span[..length]);
        return length;
    }

    private void Inspect(ReadOnlySpan<byte> bytes)
    {
        var taken = bytes[..Math.Min(bytes.Length, _first.Length - _length)];
        taken.CopyTo(_first.AsSpan(_length));
        _length += taken.Length;
        if (_length > 0 && _first[0] is not (Alert or Handshake))
            throw new RefusedTlsException("the server does not speak TLS at this port");
        var isRefused = _first[0] == Alert && _length >= 7 && _first[6] == ProtocolVersion;
        if (isRefused || (_first[0] == Handshake && _length >= 11 && IsOld(_first)))
            throw new RefusedTlsException("the server speaks only an old TLS: it must offer TLS 1.2 or 1.3");
    }

    /// <summary>3.3 in a ServerHello means TLS 1.2 or 1.3; a lower value is older.</summary>
    private static bool IsOld(ReadOnlySpan<byte> record) =>
        record[5] == ServerHello && record[9] == 3 && record[10] < 3;
}
