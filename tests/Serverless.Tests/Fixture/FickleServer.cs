using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Serverless.Local.Time;

namespace Serverless.Tests;

/// <summary>How a partner's server takes webhooks.</summary>
public enum Mood
{
    /// <summary>200 at once.</summary>
    Up,

    /// <summary>200 after some seconds, within the limit.</summary>
    Slow,

    /// <summary>Never answers.</summary>
    Hang,

    /// <summary>Refuses connections.</summary>
    Down,

    /// <summary>Breaks the connection in the middle of a 200.</summary>
    Reset,

    /// <summary>Answers something that is not HTTP.</summary>
    Garbage,

    BadRequest,
    NotFound,
    TooMany,

    /// <summary>429 with a <c>Retry-After</c> of ten minutes.</summary>
    TooManyForTenMinutes,
    Error,
    Unavailable,
}

/// <summary>A webhook that reached the server.</summary>
/// <param name="At">By the app's clock.</param>
/// <param name="UnderWay">Requests under way then, with this one.</param>
public sealed record Arrival(DateTimeOffset At, string WebhookId, string Event, Mood Mood, int UnderWay);

/// <summary>
/// A web server on a socket of its own, which can be as bad as those of the world. What takes its time takes the app's
/// time: the app's clock moves only when the test moves it, and does not wait for this server.
/// </summary>
public sealed class FickleServer : IAsyncDisposable
{
    public static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(20);
    public static readonly TimeSpan AskedPause = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The limit of the app, from when on the clock waits for what the app makes of it.
    /// </summary>
    private static readonly TimeSpan GivenUp = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A request that hangs counts as under way until shortly before: at the limit the app may send the next one before
    /// this server sees the connection close.
    /// </summary>
    private static readonly TimeSpan Hanging = TimeSpan.FromSeconds(29.5);

    private readonly LocalClock _clock;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentQueue<Arrival> _arrivals = new();
    private readonly ConcurrentBag<Task> _serving = new();
    private readonly IPEndPoint _address;
    private Socket _socket;
    private Mood _mood;
    private int _underWay;

    public FickleServer(LocalClock clock, Mood mood = Mood.Up)
    {
        _clock = clock;
        clock.Stand();
        _socket = NewSocket();
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _address = (IPEndPoint)_socket.LocalEndPoint!;
        _mood = Mood.Down;
        Mood = mood;
    }

    public string Url => $"http://127.0.0.1:{_address.Port}/hook?token=hidden";

    public IReadOnlyList<Arrival> Arrivals => [.. _arrivals];

    public Mood Mood
    {
        get => _mood;
        set
        {
            // A socket that is bound and does not listen refuses connections and keeps its port.
            if (value == Mood.Down && _mood != Mood.Down)
            {
                _socket.Dispose();
                _socket = NewSocket();
                _socket.Bind(_address);
            }
            else if (value != Mood.Down && _mood == Mood.Down)
            {
                _socket.Listen(200);
                _ = AcceptAsync(_socket);
            }
            _mood = value;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _socket.Dispose();
        await Task.WhenAll(_serving);
        _ending.Dispose();
    }

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var connection = await listener.AcceptAsync(_ending.Token);
                _serving.Add(ServeAsync(connection));
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // It does not listen any more.
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        using var closing = connection;
        try
        {
            await using var stream = new NetworkStream(connection);
            var headers = await ReadAsync(stream);
            var mood = _mood;
            var arrival = new Arrival(
                _clock.GetUtcNow(),
                headers["webhook-id"],
                headers["x-m2m-event"],
                mood,
                Interlocked.Increment(ref _underWay)
            );
            _arrivals.Enqueue(arrival);
            var takes = mood switch
            {
                Mood.Slow => SlowAnswer,
                Mood.Hang => Hanging,
                _ => TimeSpan.Zero,
            };
            // The app may give up earlier than at the limit: then it closes the connection.
            var closed =
                takes > TimeSpan.Zero
                    ? stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false, _ending.Token).AsTask()
                    : Task.CompletedTask;
            using var excuse = _clock.Excuse(arrival.At + (mood == Mood.Hang ? GivenUp : takes));
            try
            {
                if (takes > TimeSpan.Zero)
                    await Task.WhenAny(Task.Delay(takes, _clock, _ending.Token), closed);
            }
            finally
            {
                // Before the answer is sent: the next one may come as soon as the app has it.
                Interlocked.Decrement(ref _underWay);
            }
            if (mood == Mood.Hang)
                await closed;
            else
                await stream.WriteAsync(Encoding.ASCII.GetBytes(AnswerOf(mood)), _ending.Token);
            if (mood == Mood.Reset)
                connection.LingerState = new LingerOption(true, 0);
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException or SocketException)
        {
            // The app gave up, or the test is over.
        }
    }

    private static async Task<Dictionary<string, string>> ReadAsync(NetworkStream stream)
    {
        var received = new List<byte>();
        var buffer = new byte[8192];
        while (true)
        {
            var text = Encoding.UTF8.GetString([.. received]);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                var headers = text[..end]
                    .Split("\r\n")
                    .Skip(1)
                    .Select(line => line.Split(": ", 2))
                    .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
                if (
                    received.Count
                    >= Encoding.UTF8.GetByteCount(text[..(end + 4)])
                        + int.Parse(headers["content-length"], CultureInfo.InvariantCulture)
                )
                    return headers;
            }
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
                throw new IOException("The request broke.");
            received.AddRange(buffer.AsSpan(0, read));
        }
    }

    private static string AnswerOf(Mood mood) =>
        mood switch
        {
            Mood.Up or Mood.Slow => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            Mood.Reset => "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\nhalf of the ans",
            Mood.Garbage => "SSH-2.0-OpenSSH_9.6\r\nnot the protocol that you are looking for\r\n\r\n",
            Mood.TooManyForTenMinutes =>
                $"HTTP/1.1 429 Too Many Requests\r\nRetry-After: {AskedPause.TotalSeconds}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            _ => $"HTTP/1.1 {StatusOf(mood)} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        };

    private static int StatusOf(Mood mood) =>
        mood switch
        {
            Mood.BadRequest => 400,
            Mood.NotFound => 404,
            Mood.TooMany => 429,
            Mood.Error => 500,
            Mood.Unavailable => 503,
            _ => throw new ArgumentOutOfRangeException(nameof(mood)),
        };
}
