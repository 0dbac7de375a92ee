namespace Serverless.Functions.Outbound;

/// <summary>
/// A connection that can carry several requests. It tells each of them (<see cref="Exchange"/>) whether the connection
/// was used before, and whether any part of an answer arrived: a receiver may close an idle connection at any time,
/// even while the next request is on its way (RFC 9112, section 9.3.1).
/// </summary>
internal sealed class KeptConnection(Stream inner) : PassThroughStream(inner)
{
    private volatile Exchange? _exchange;
    private volatile bool _ended;
    private volatile bool _closed;

    /// <summary>No further request may follow the current one.</summary>
    public void Leave() => _ended = true;

    /// <summary>The current answer has been read completely.</summary>
    public void Retire() => _closed = true;

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Exchange.Current is { } writing && writing != _exchange)
        {
            writing.Begin(this, isFirst: _exchange is null);
            _exchange = writing;
            if (_ended)
                throw new IOException("The connection is not used again.");
        }
        return base.WriteAsync(buffer, cancellationToken);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // The client reads ahead to check whether an idle connection is still open: report this one as closed.
        if (_closed)
            return 0;
        var length = await base.ReadAsync(buffer, cancellationToken);
        if (length > 0 && _exchange is { } asking)
            asking.IsAnswered = true;
        return length;
    }
}

/// <summary>
/// One request and what its connection reports about it. The request carries it through the HTTP client in an
/// AsyncLocal.
/// </summary>
internal sealed class Exchange
{
    private static readonly AsyncLocal<Exchange?> Flowing = new();
    private KeptConnection? _connection;

    /// <summary>The exchange of the current async flow.</summary>
    public static Exchange? Current => Flowing.Value;

    /// <summary>True if any part of an answer arrived.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>
    /// True if the request was sent on a reused connection and nothing came back: perhaps nobody has read it.
    /// </summary>
    public bool MetAClosedConnection => _isReused && !IsAnswered;

    private bool _isReused;

    /// <summary>Starts an exchange in the current async flow.</summary>
    public static Exchange Begin()
    {
        var exchange = new Exchange();
        Flowing.Value = exchange;
        return exchange;
    }

    /// <summary>Called when the request is written to a connection.</summary>
    internal void Begin(KeptConnection connection, bool isFirst) => (_connection, _isReused) = (connection, !isFirst);

    /// <summary>Prevents further requests on its connection.</summary>
    public void EndConnection() => _connection?.Leave();

    /// <summary>Makes its connection unusable.</summary>
    public void CloseConnection() => _connection?.Retire();
}
