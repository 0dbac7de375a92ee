using System.Net;
using System.Net.Sockets;

namespace Serverless.Functions.Outbound;

/// <summary>
/// Connects to the first of several addresses that accepts a connection (RFC 8305): the next address is tried when the
/// previous one has failed, or has not answered within <see cref="Stagger"/>.
/// </summary>
internal static class HappyEyeballs
{
    /// <summary>Connection Attempt Delay (RFC 8305, section 5).</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <summary>Maximum number of addresses to try: a name can have hundreds.</summary>
    private const int Most = 10;

    /// <summary>
    /// The order in which addresses are tried: as given, but alternating between the families, beginning with the
    /// first one's (RFC 8305, section 4).
    /// </summary>
    public static IEnumerable<IPAddress> InTurn(IReadOnlyList<IPAddress> addresses)
    {
        var first = addresses.Where(address => address.AddressFamily == addresses[0].AddressFamily).ToList();
        var other = addresses.Where(address => address.AddressFamily != addresses[0].AddressFamily).ToList();
        for (var i = 0; i < Math.Max(first.Count, other.Count); i++)
        {
            if (i < first.Count)
                yield return first[i];
            if (i < other.Count)
                yield return other[i];
        }
    }

    /// <summary>The first established connection; throws the exception of the first address if none accepts.</summary>
    /// <param name="addresses">At least one.</param>
    /// <param name="connect">Connects to one of them.</param>
    /// <param name="time">For the delay between them.</param>
    /// <param name="ct">Cancels all attempts.</param>
    public static async Task<Stream> ConnectAsync(
        IReadOnlyList<IPAddress> addresses,
        Func<IPAddress, CancellationToken, Task<Stream>> connect,
        TimeProvider time,
        CancellationToken ct
    )
    {
        using var others = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var turns = new Queue<IPAddress>(InTurn(addresses).Take(Most));
        var underWay = new List<Task<Stream>>();
        Exception? failure = null;
        try
        {
            while (turns.Count > 0 || underWay.Count > 0)
            {
                if (turns.TryDequeue(out var address))
                    underWay.Add(connect(address, others.Token));
                var limit = turns.Count > 0 ? Stagger : Timeout.InfiniteTimeSpan;
                var ended = await FirstEndedAsync(underWay, limit, time, ct);
                if (ended is null)
                    continue;
                underWay.Remove(ended);
                if (ended.IsCompletedSuccessfully)
                    return await ended;
                failure ??= ended.Exception?.InnerException;
            }
        }
        finally
        {
            await others.CancelAsync();
            foreach (var late in underWay)
                _ = CloseAsync(late);
        }
        ct.ThrowIfCancellationRequested();
        throw failure ?? new SocketException((int)SocketError.HostUnreachable);
    }

    /// <summary>The first task that ends; null if none does in time.</summary>
    private static async Task<Task<Stream>?> FirstEndedAsync(
        List<Task<Stream>> underWay,
        TimeSpan limit,
        TimeProvider time,
        CancellationToken ct
    )
    {
        var any = Task.WhenAny(underWay);
        try
        {
            return await any.WaitAsync(limit, time, ct);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static async Task CloseAsync(Task<Stream> late)
    {
        try
        {
            await (await late).DisposeAsync();
        }
        catch (Exception ex) when (ex is OperationCanceledException or SocketException)
        {
            // Cancelled on purpose.
        }
    }
}
