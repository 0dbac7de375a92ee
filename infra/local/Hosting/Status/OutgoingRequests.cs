namespace Serverless.Local.Hosting;

/// <summary>One HTTP request that a function made to the outside world.</summary>
internal sealed record OutgoingRequest(
    DateTimeOffset At,
    string Function,
    string Method,
    string Target,
    int? Status,
    TimeSpan Duration
);

/// <summary>The last HTTP requests that functions made, apart from those of Azure clients.</summary>
internal sealed class OutgoingRequests
{
    private const int Kept = 50;
    private readonly Queue<OutgoingRequest> _recent = new();

    /// <summary>The requests kept, newest first.</summary>
    public IReadOnlyList<OutgoingRequest> Read()
    {
        lock (_recent)
            return [.. _recent.Reverse()];
    }

    public void Add(OutgoingRequest request)
    {
        lock (_recent)
        {
            _recent.Enqueue(request);
            if (_recent.Count > Kept)
                _recent.Dequeue();
        }
    }
}
