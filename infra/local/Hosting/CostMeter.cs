using System.Collections.Concurrent;

namespace Serverless.Local.Hosting;

/// <summary>
/// Counts billable storage transactions (each HTTP request to the table service; an entity group transaction is one) by
/// the function that caused them.
/// </summary>
internal sealed class CostMeter
{
    private readonly ConcurrentDictionary<(string Operation, string Request), long> _counts = new();

    /// <summary>Counts one request.</summary>
    /// <param name="operation">The function's name.</param>
    /// <param name="request">What was asked: <c>Users.query</c>, <c>transaction</c>, …</param>
    public void Count(string operation, string request) =>
        _counts.AddOrUpdate((operation, request), 1, (_, count) => count + 1);

    /// <summary>The counts so far: operation, request, number.</summary>
    public IReadOnlyList<(string Operation, string Request, long Count)> Read() =>
        [.. _counts.Select(pair => (pair.Key.Operation, pair.Key.Request, pair.Value)).Order()];
}
