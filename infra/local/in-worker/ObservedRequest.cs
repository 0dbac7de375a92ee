namespace Serverless.Local.InWorker;

/// <summary>An HTTP request that a function made.</summary>
/// <param name="At">When it ended, in real time.</param>
/// <param name="Invocation">The id of the function's invocation.</param>
/// <param name="Method">The method.</param>
/// <param name="Target">Host, port and path; never the query, which may hold secrets.</param>
/// <param name="Table">
/// For a request to the table service what it is counted as (for example <c>Users.query</c>); null for every other.
/// </param>
/// <param name="Status">The answer's status; null where there was none.</param>
/// <param name="Milliseconds">How long it took.</param>
internal sealed record ObservedRequest(
    DateTimeOffset At,
    string Invocation,
    string Method,
    string Target,
    string? Table,
    int? Status,
    double Milliseconds
);
