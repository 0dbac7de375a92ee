using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Ids;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>
/// A host name may answer differently each time it is looked up: only an address that was judged is connected to.
/// </summary>
public sealed class RebindingTests : IAsyncLifetime
{
    private const string Refusal = "the host resolves to an address that is not on the public internet";
    private static readonly IPAddress Public = IPAddress.Parse("93.184.215.14");
    private readonly ConcurrentQueue<string> _lookedUp = new();
    private readonly ConcurrentQueue<string> _connected = new();
    private Func<int, IPAddress[]> _answer = _ => [Public];
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() =>
        _app = await TestApp.StartAsync(
            services => services.AddSingleton(new OutboundNetwork(ResolveAsync, ConnectAsync)),
            ("Webhooks:AllowPrivateNetworks", "false")
        );

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_name_that_turns_private_is_refused_recorded_and_reaches_nobody()
    {
        // Where the second look-up leads to: it would take the delivery.
        var inside = await _app.NewInboxAsync();
        inside.Answer = (_, http) =>
        {
            http.Response.StatusCode = inside.Received.Count == 1 ? 500 : 200;
            http.Response.Headers.Connection = "close";
            return Task.CompletedTask;
        };
        _answer = lookUp => [lookUp == 2 ? IPAddress.Loopback : Public];
        var partner = await PartnerAtAsync(inside);
        await partner.CreateLinkAsync();
        await _app.IdleAsync();
        Assert.Single(inside.Received);

        await _app.AdvanceAsync(TimeSpan.FromSeconds(67));
        Assert.Equal(2, _lookedUp.Count);
        Assert.Single(inside.Received);
        Assert.Equal([Public.ToString()], _connected);

        await _app.AdvanceAsync(TimeSpan.FromMinutes(6));
        Assert.Equal(["partner.example.com", "partner.example.com", "partner.example.com"], _lookedUp);
        Assert.Equal([Public.ToString(), Public.ToString()], _connected);
        Assert.Equal(2, inside.Received.Count);
        var attempts = Assert.Single(await _app.DeliveriesAsync(partner)).Attempts;
        Assert.Equal(
            [(500, null), (null, Refusal), (200, null)],
            attempts.Select(attempt => (attempt.Status, attempt.Error))
        );
    }

    [Theory]
    [InlineData("93.184.215.14", "10.0.0.1")]
    [InlineData("10.0.0.1", "93.184.215.14")]
    [InlineData("93.184.215.14", "::1")]
    [InlineData("2606:4700:4700::1111", "::ffff:169.254.169.254")]
    [InlineData("93.184.215.14", "168.63.129.16")]
    public async Task A_private_address_beside_a_public_one_refuses_both(string one, string other)
    {
        var inbox = await _app.NewInboxAsync();
        _answer = _ => [IPAddress.Parse(one), IPAddress.Parse(other)];
        var outcome = await SendAsync(inbox);
        Assert.Equal((null, Refusal), (outcome.Status, outcome.Error));
        Assert.Empty(_connected);
        Assert.Empty(inbox.Received);
    }

    [Fact]
    public async Task Of_several_public_addresses_the_first_is_connected_to_as_it_was_judged()
    {
        var inbox = await _app.NewInboxAsync();
        _answer = _ => [Public, IPAddress.Parse("2606:4700:4700::1111")];
        Assert.Equal(200, (await SendAsync(inbox)).Status);
        Assert.Equal([Public.ToString()], _connected);
    }

    [Fact]
    public async Task A_name_without_addresses_cannot_be_resolved()
    {
        _answer = _ => [];
        Assert.Equal("the host name cannot be resolved", (await SendAsync(await _app.NewInboxAsync())).Error);
        Assert.Empty(_connected);
    }

    [Fact]
    public async Task A_connection_that_stands_is_used_again_without_another_look_up()
    {
        // It leads to the address that was judged, whatever the name says meanwhile.
        var inbox = await _app.NewInboxAsync();
        _answer = lookUp => [lookUp == 1 ? Public : IPAddress.Loopback];
        Assert.Equal(200, (await SendAsync(inbox)).Status);
        Assert.Equal(200, (await SendAsync(inbox)).Status);
        Assert.Equal(2, inbox.Received.Count);
        Assert.Single(_lookedUp);
        Assert.Single(_connected);
    }

    private Task<AttemptOutcome> SendAsync(Inbox inbox) =>
        _app.Service<WebhookSender>()
            .SendAsync(
                Named(inbox),
                "link.created",
                "evt_1",
                [],
                new SigningSecrets(WebhookSecret.New()),
                TestContext.Current.CancellationToken
            );

    /// <summary>
    /// A partner whose endpoint is the inbox under a name. Its row is written directly: http cannot be configured where
    /// private networks are closed, and TLS says nothing here.
    /// </summary>
    private async Task<TestPartner> PartnerAtAsync(Inbox inbox)
    {
        var partner = await _app.NewPartnerAsync();
        await _app.Service<PartnerStore>()
            .UpdateAsync(
                PartnerId.FromStorage(partner.Id),
                stored => stored with { Endpoint = stored.Endpoint with { Url = Named(inbox) } },
                TestContext.Current.CancellationToken
            );
        return partner;
    }

    private static string Named(Inbox inbox) =>
        new UriBuilder(inbox.Url) { Host = "partner.example.com" }
            .Uri
            .AbsoluteUri;

    private Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        _lookedUp.Enqueue(host);
        return Task.FromResult(_answer(_lookedUp.Count));
    }

    /// <summary>Notes where the connection would go, and leads it to this machine.</summary>
    private async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken ct)
    {
        _connected.Enqueue(address.ToString());
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, ct);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
