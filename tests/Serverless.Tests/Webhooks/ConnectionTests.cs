using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Sending;
using Serverless.Functions.Webhooks.Signing;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>What becomes of an attempt on the way: connections that are kept, closed, or never come to be.</summary>
public sealed class ConnectionTests : IAsyncLifetime
{
    private const string Kept = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    private static readonly IPAddress Swallowing = IPAddress.Parse("93.184.215.14");
    private static readonly IPAddress Working = IPAddress.Parse("2606:4700:4700::1111");
    private readonly ConcurrentQueue<IPAddress> _tried = new();
    private readonly ConcurrentQueue<IPAddress> _givenUp = new();
    private IPAddress[] _addresses = [Working];
    private TestApp _app = null!;

    public async ValueTask InitializeAsync() =>
        _app = await TestApp.StartAsync(services =>
            services.AddSingleton(new OutboundNetwork((_, _) => Task.FromResult(_addresses), ConnectAsync))
        );

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_kept_connection_that_was_closed_costs_no_attempt()
    {
        // Its second request is read and met with silence: the server had decided to close before it came.
        await using var server = new ScriptedServer(
            (connection, request) => connection == 1 && request == 2 ? null : Kept
        );
        Assert.Equal(200, (await SendAsync(server)).Status);
        var second = await SendAsync(server);
        Assert.Equal((200, null), (second.Status, second.Error));
        Assert.Equal([(1, 1), (1, 2), (2, 1)], server.Requests);
        Assert.Single(server.Ids.Distinct());
    }

    [Fact]
    public async Task Kept_connections_that_were_all_closed_cost_none_of_the_attempts_that_leave_together()
    {
        var closing = false;
        await using var server = new ScriptedServer((_, request) => closing && request > 1 ? null : Kept, together: 6);
        Assert.All(
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SendAsync(server))),
            outcome => Assert.Equal(200, outcome.Status)
        );
        closing = true;
        Assert.All(
            await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => SendAsync(server))),
            outcome => Assert.Equal((200, null), (outcome.Status, outcome.Error))
        );
    }

    [Theory]
    [InlineData(null)]
    [InlineData("HTTP/1.1 20")]
    public async Task A_new_connection_that_is_closed_is_a_failed_attempt_and_nothing_is_sent_twice(string? answer)
    {
        await using var server = new ScriptedServer((_, _) => answer);
        Assert.Equal((null, "the connection was closed before an answer was complete"), Told(await SendAsync(server)));
        Assert.Equal([(1, 1)], server.Requests);
    }

    [Fact]
    public async Task An_answer_that_breaks_off_on_a_kept_connection_is_a_failed_attempt_and_nothing_is_sent_twice()
    {
        await using var server = new ScriptedServer(
            (_, request) => request == 2 ? "HTTP/1.1 200 OK\r\nContent-Le" : Kept
        );
        Assert.Equal(200, (await SendAsync(server)).Status);
        Assert.Null((await SendAsync(server)).Status);
        Assert.Equal([(1, 1), (1, 2)], server.Requests);
    }

    [Fact]
    public async Task What_was_sent_again_and_met_a_closing_server_once_more_is_one_failed_attempt()
    {
        await using var server = new ScriptedServer(
            (connection, request) => connection == 1 && request == 1 ? Kept : null
        );
        Assert.Equal(200, (await SendAsync(server)).Status);
        Assert.Equal((null, "the connection was closed before an answer was complete"), Told(await SendAsync(server)));
        Assert.Equal([(1, 1), (1, 2), (2, 1)], server.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 3)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", 3)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: Keep-Alive\r\n\r\nok", 1)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 1)]
    public async Task An_HTTP_1_0_answer_keeps_its_connection_only_where_it_says_so(string answer, int connections)
    {
        // The server leaves all of them open: nothing but the answer's version and header tells.
        await using var server = new ScriptedServer((_, _) => answer);
        for (var i = 0; i < 3; i++)
            Assert.Equal(200, (await SendAsync(server)).Status);
        Assert.Equal(connections, server.Requests.Select(request => request.Connection).Distinct().Count());
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_host_whose_first_address_swallows_packets_is_reached_by_its_next()
    {
        _addresses = [Swallowing, Working];
        await using var server = new ScriptedServer((_, _) => Kept);
        var outcome = await SendAsync(server);
        Assert.Equal((200, null), (outcome.Status, outcome.Error));
        Assert.InRange(outcome.Milliseconds, 200, 5000);
        Assert.Equal([Swallowing, Working], _tried);
        Assert.Equal([Swallowing], _givenUp);
    }

    [Fact]
    public void The_families_take_turns_and_the_resolver_s_order_stands_within_each()
    {
        string[] given = ["2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2"];
        var turns = HappyEyeballs.InTurn([.. given.Select(IPAddress.Parse)]).Select(address => address.ToString());
        Assert.Equal(["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"], turns);
    }

    [Fact]
    public async Task An_address_that_refuses_is_followed_by_the_next_at_once_and_where_all_refuse_the_attempt_fails()
    {
        // Of a clock that stands: nobody waits for the delay.
        var clock = new FakeTimeProvider();
        var tried = new List<IPAddress>();
        async Task<Stream> RefuseAsync(IPAddress address, CancellationToken ct)
        {
            await Task.Yield();
            tried.Add(address);
            return address.Equals(Working)
                ? Stream.Null
                : throw new SocketException((int)SocketError.ConnectionRefused);
        }

        Assert.Same(
            Stream.Null,
            await HappyEyeballs.ConnectAsync(
                [Swallowing, Working],
                RefuseAsync,
                clock,
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal([Swallowing, Working], tried);
        var refused = await Assert.ThrowsAsync<SocketException>(() =>
            HappyEyeballs.ConnectAsync(
                [Swallowing, IPAddress.Parse("192.0.2.1")],
                RefuseAsync,
                clock,
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }

    private static (int?, string?) Told(AttemptOutcome outcome) => (outcome.Status, outcome.Error);

    private Task<AttemptOutcome> SendAsync(ScriptedServer server) =>
        _app.Service<WebhookSender>()
            .SendAsync(
                $"http://partner.example.com:{server.Port}/hook",
                "link.created",
                "evt_1",
                "{}"u8.ToArray(),
                new SigningSecrets(WebhookSecret.New()),
                TestContext.Current.CancellationToken
            );

    /// <summary>Leads every address but one that answers nothing to this machine.</summary>
    private async Task<Stream> ConnectAsync(IPAddress address, int port, CancellationToken ct)
    {
        _tried.Enqueue(address);
        if (address.Equals(Swallowing))
        {
            using var notes = ct.Register(() => _givenUp.Enqueue(address));
            await Task.Delay(Timeout.Infinite, ct);
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, ct);
        return new NetworkStream(socket, ownsSocket: true);
    }
}

/// <summary>
/// A server that answers each request on each connection as its script says; null: it reads the request and closes
/// the connection.
/// </summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly Func<int, int, string?> _script;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<(int Connection, int Request)> _requests = new();
    private readonly ConcurrentQueue<string> _ids = new();
    private readonly TaskCompletionSource _gathered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _together;
    private readonly Task _accepting;
    private int _connections;

    /// <param name="script">By the connection's number and the request's on it, both from 1.</param>
    /// <param name="together">So many first requests are awaited before one is answered, so that each gets a
    /// connection of its own.</param>
    public ScriptedServer(Func<int, int, string?> script, int together = 1)
    {
        (_script, _together) = (script, together);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyList<(int Connection, int Request)> Requests => [.. _requests];

    public IReadOnlyList<string> Ids => [.. _ids];

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        await _accepting;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_ending.Token), ++_connections));
        }
        catch (Exception ex) when (ex is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket, int connection)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            for (var request = 1; await ReadRequestAsync(stream) is { } id; request++)
            {
                _requests.Enqueue((connection, request));
                _ids.Enqueue(id);
                if (connection >= _together)
                    _gathered.TrySetResult();
                await _gathered.Task.WaitAsync(_ending.Token);
                if (_script(connection, request) is not { } answer)
                    return;
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), _ending.Token);
                if (!answer.Contains("\r\n\r\n", StringComparison.Ordinal))
                    return;
            }
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException)
        {
            // The app closed it, or the test is over.
        }
    }

    /// <summary>The request's webhook-id, after its body was read; null when the connection was closed.</summary>
    private async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().EndsWith("\r\n\r\n{}", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer, _ending.Token);
            if (read == 0)
                return null;
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }
        return text.ToString()
            .Split("\r\n")
            .Single(line => line.StartsWith("webhook-id: ", StringComparison.OrdinalIgnoreCase));
    }
}
