namespace Serverless.Functions.Outbound;

/// <summary>
/// A connection that may carry one request after the other. It tells each of them (<see cref="Exchange"/>) whether it
/// came to a connection that had served another one, and
/// whether anything of an answer came: a receiver may close a kept connection at any time, also while the next
/// request is on its way (RFC 9112, section 9.3.1).
/// </summary>
internal sealed class KeptConnection(Stream inner) : PassThroughStream(inner)
{
    private volatile Exchange? _exchange;
    private volatile bool _ended;
    private volatile bool _closed;

    /// <summary>No request is to follow the present one.</summary>
    public void Leave() => _ended = true;

    /// <summary>The present answer has been read to its end, too.</summary>
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
        // The client reads ahead to see whether an idle connection still stands: to it this one does not.
        if (_closed)
            return 0;
        var length = await base.ReadAsync(buffer, cancellationToken);
        if (length > 0 && _exchange is { } asking)
            asking.IsAnswered = true;
        return length;
    }
}

/// <summary>
/// One request on its way, and what its connection tells of it. It follows the request through the client by the flow
/// of execution.
/// </summary>
internal sealed class Exchange
{
    private static readonly AsyncLocal<Exchange?> Flowing = new();
    private KeptConnection? _connection;

    /// <summary>The one that this flow of execution sends.</summary>
    public static Exchange? Current => Flowing.Value;

    /// <summary>Something of an answer came.</summary>
    public bool IsAnswered { get; set; }

    /// <summary>
    /// It was sent on a connection that had carried another request, and nothing came back: nobody may have read it.
    /// </summary>
    public bool MetAClosedConnection => _isReused && !IsAnswered;

    private bool _isReused;

    /// <summary>Begins one in this flow of execution.</summary>
    public static Exchange Begin()
    {
        var exchange = new Exchange();
        Flowing.Value = exchange;
        return exchange;
    }

    /// <summary>It is written to this connection.</summary>
    internal void Begin(KeptConnection connection, bool isFirst) => (_connection, _isReused) = (connection, !isFirst);

    /// <summary>Its connection carries nothing else.</summary>
    public void EndConnection() => _connection?.Leave();

    /// <summary>Its connection is of no more use.</summary>
    public void CloseConnection() => _connection?.Retire();
}
