using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>
/// A receiver whose TLS is not accepted: its owner reads why, and what it showed made us fetch nothing.
/// </summary>
public sealed class TlsReasonTests : IAsyncLifetime
{
    private const string Host = "partner.example.com";
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() =>
        _app = await TestApp.StartAsync(
            services =>
                services.AddSingleton(
                    new OutboundNetwork(
                        (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("93.184.215.14")]),
                        ConnectAsync
                    )
                ),
            ("Webhooks:AllowPrivateNetworks", "false")
        );

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task An_expired_certificate() =>
        Assert.Contains(
            "the certificate has expired",
            await ReasonAsync(SelfSigned(Host, fromDays: -30, toDays: -1)),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_certificate_that_is_not_valid_yet() =>
        Assert.Contains(
            "the certificate is not valid yet",
            await ReasonAsync(SelfSigned(Host, fromDays: 1, toDays: 30)),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_certificate_for_another_name() =>
        Assert.Contains(
            "the certificate is for another host name",
            await ReasonAsync(SelfSigned("other.example.com")),
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_certificate_of_the_server_s_own() =>
        Assert.Equal(
            "the certificate comes from an authority that is not trusted publicly (or from the server itself)",
            await ReasonAsync(SelfSigned(Host))
        );

    [Fact]
    public async Task A_certificate_of_an_authority_that_nobody_knows()
    {
        using var authority = Authority();
        Assert.Equal(
            "the certificate comes from an authority that is not trusted publicly (or from the server itself)",
            await ReasonAsync(Issued(authority, caIssuers: null))
        );
    }

    [Fact]
    public async Task An_incomplete_chain_is_named_and_what_it_names_is_not_fetched()
    {
        using var authority = Authority();
        // Nothing may reach it; an address of this machine is the worst that a certificate can name.
        using var named = new TcpListener(IPAddress.Loopback, 0);
        named.Start();
        var issuers = $"http://127.0.0.1:{((IPEndPoint)named.LocalEndpoint).Port}/intermediate.cer";
        var reason = await ReasonAsync(Issued(authority, issuers));
        Assert.Equal(
            "the certificate's chain is incomplete: the server must send the intermediate certificates, too",
            reason
        );
        Assert.False(named.Pending());
    }

    [Fact]
    public async Task A_server_with_an_old_TLS_only()
    {
        // A fatal alert "protocol version" (RFC 5246, section 7.2), as a server of TLS 1.1 answers.
        Assert.Equal(
            "the server speaks only an old TLS: it must offer TLS 1.2 or 1.3",
            await AnsweredByAsync([21, 3, 2, 0, 2, 2, 70])
        );
        // Another kind goes on in its own version: a ServerHello of 3.2.
        Assert.Equal(
            "the server speaks only an old TLS: it must offer TLS 1.2 or 1.3",
            await AnsweredByAsync([22, 3, 2, 0, 45, 2, 0, 0, 41, 3, 2, .. new byte[39]])
        );
    }

    [Fact]
    public async Task A_port_where_nobody_speaks_TLS() =>
        Assert.Equal(
            "the server does not speak TLS at this port",
            await AnsweredByAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"u8.ToArray())
        );

    [Fact]
    public async Task A_server_that_refuses_the_handshake_for_another_reason() =>
        Assert.Equal("the TLS handshake failed", await AnsweredByAsync([21, 3, 3, 0, 2, 2, 40]));

    /// <summary>What an attempt says about a server that shows this certificate alone.</summary>
    private async Task<string?> ReasonAsync(X509Certificate2 certificate)
    {
        using var shown = certificate;
        return await AttemptAsync(async stream =>
        {
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(
                        shown,
                        additionalCertificates: null,
                        offline: true
                    ),
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                }
            );
            await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
        });
    }

    private Task<string?> AnsweredByAsync(byte[] bytes) =>
        AttemptAsync(async stream =>
        {
            await stream.ReadAtLeastAsync(new byte[5], 5);
            await stream.WriteAsync(bytes);
            await stream.ReadAtLeastAsync(new byte[16 * 1024], 16 * 1024, throwOnEndOfStream: false);
        });

    private async Task<string?> AttemptAsync(Func<NetworkStream, Task> serve)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync();
        _port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var outcome = await _app.Service<WebhookSender>()
            .SendAsync(
                $"https://{Host}/hook",
                "link.created",
                "evt_1",
                "{}"u8.ToArray(),
                new SigningSecrets(WebhookSecret.New()),
                TestContext.Current.CancellationToken
            );
        await serving;
        Assert.Null(outcome.Status);
        return outcome.Error;

        async Task ServeAsync()
        {
            try
            {
                await using var stream = new NetworkStream(await listener.AcceptSocketAsync(), ownsSocket: true);
                await serve(stream);
            }
            catch (Exception ex) when (ex is IOException or AuthenticationException)
            {
                // The app refuses: that is what the test is about.
            }
        }
    }

    private int _port;

    private async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _port, ct);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static X509Certificate2 SelfSigned(string host, int fromDays = -1, int toDays = 30)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Usable(
            Request(host, key)
                .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(fromDays), DateTimeOffset.UtcNow.AddDays(toDays))
        );
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=An Authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(
                certificateAuthority: true,
                hasPathLengthConstraint: false,
                0,
                critical: true
            )
        );
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(60));
    }

    private static X509Certificate2 Issued(X509Certificate2 authority, string? caIssuers)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = Request(Host, key);
        if (caIssuers is not null)
            request.CertificateExtensions.Add(
                new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [caIssuers])
            );
        using var issued = request.Create(
            authority,
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(30),
            RandomNumberGenerator.GetBytes(8)
        );
        return Usable(issued.CopyWithPrivateKey(key));
    }

    private static CertificateRequest Request(string host, ECDsa key)
    {
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        return request;
    }

    /// <summary>With a key that TLS can use on every platform.</summary>
    private static X509Certificate2 Usable(X509Certificate2 certificate)
    {
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }
}
