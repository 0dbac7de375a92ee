using System.Collections.Concurrent;
using System.Diagnostics;

namespace Serverless.Tests.Observability;

/// <summary>Records the app's spans. Every app of this process is heard: ask for one trace.</summary>
public sealed class SpanRecorder : IDisposable
{
    /// <summary>
    /// Who listens has every span of this process recorded: what looks at sampling must not run beside it.
    /// </summary>
    public const string Alone = "Spans";

    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    public SpanRecorder()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Serverless",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Of(string trace) => [.. _ended.Where(span => span.TraceId.ToHexString() == trace)];

    public void Dispose() => _listener.Dispose();

    /// <summary>A trace that a partner began, with the <c>traceparent</c> that it sends.</summary>
    public static (string Trace, string Header) NewTrace(string flags = "01")
    {
        var trace = ActivityTraceId.CreateRandom().ToHexString();
        return (trace, $"00-{trace}-{ActivitySpanId.CreateRandom()}-{flags}");
    }
}
