using System.Collections.Concurrent;

namespace Serverless.Local.Hosting;

/// <summary>Counts billable storage transactions (each HTTP request to the table service; an entity group transaction is one) by the function that caused them.</summary>
internal sealed class CostMeter
{
    private static readonly AsyncLocal<(CostMeter Meter, string Operation)?> Current = new();
    private readonly ConcurrentDictionary<(string Operation, string Request), long> _counts = new();

    /// <summary>From here on, in this asynchronous flow, transactions count for <paramref name="operation"/> (a function's name).</summary>
    public void Enter(string operation) => Current.Value = (this, operation);

    /// <summary>Counts one request of this asynchronous flow; nothing outside a function invocation.</summary>
    /// <param name="request">What was asked: <c>Users.query</c>, <c>Users.transaction</c>, …</param>
    public static void Count(string request)
    {
        if (Current.Value is { } flow)
            flow.Meter._counts.AddOrUpdate((flow.Operation, request), 1, (_, count) => count + 1);
    }

    /// <summary>The counts so far: operation, request, number.</summary>
    public IReadOnlyList<(string Operation, string Request, long Count)> Read() =>
        [.. _counts.Select(pair => (pair.Key.Operation, pair.Key.Request, pair.Value)).Order()];
}
