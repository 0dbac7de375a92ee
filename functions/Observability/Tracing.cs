using System.Diagnostics;

namespace Serverless.Functions.Observability;

/// <summary>
/// One trace from an API call to the webhooks that it causes. The context (W3C, <c>traceparent</c>) is passed on even
/// if no spans are recorded: in a property of each message, a column of each event and record, and a header of each
/// webhook.
/// </summary>
internal static class Tracing
{
    /// <summary>Name of the header of requests and webhooks, and of the property of messages.</summary>
    public const string Header = "traceparent";

    /// <summary>
    /// Column with the trace of the change that created the row: later work, after a wait or a crash, continues it.
    /// </summary>
    public const string Column = "Trace";

    /// <summary>Attribute with the invocation id, which is also in the host's log lines.</summary>
    public const string InvocationId = "faas.invocation_id";

    /// <summary>Source of the app's spans.</summary>
    public static readonly ActivitySource Source = new("Serverless");

    private static readonly AsyncLocal<Invocation?> Running = new();

    /// <summary>The current span as a <c>traceparent</c>; null outside a trace.</summary>
    public static string? Context => Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current.Id : null;

    /// <summary>
    /// Starts an invocation with the trace of <paramref name="traceparent"/>, or with a new one if it is null or
    /// malformed.
    /// </summary>
    public static Activity Begin(string name, ActivityKind kind, string? traceparent)
    {
        Running.Value = null;
        // The current activity is the worker's, which is not exported: as a parent it would be missing.
        Activity.Current = null;
        return Start(name, kind, TryParse(traceparent, out var parent) ? parent : default);
    }

    /// <summary>
    /// Starts an invocation whose trace is not known yet: <see cref="Continue"/> starts its span, at the latest the
    /// disposal does.
    /// </summary>
    public static Invocation BeginUnknown(string name, ActivityKind kind, string invocationId)
    {
        Activity.Current = null;
        return Running.Value = new Invocation(name, kind, invocationId);
    }

    /// <summary>
    /// Sets the trace of the running invocation, once the message or the record is read. Only the first call counts.
    /// The span is current only in the direct caller, so a caller that awaited a method with <c>Continue</c> must call
    /// it again.
    /// </summary>
    /// <param name="traceparent">From the message or the record; null if it has none.</param>
    public static void Continue(string? traceparent)
    {
        if (Running.Value is { } invocation && invocation.Resume(traceparent) is { } span)
            Activity.Current = span;
    }

    /// <summary>
    /// Span of an outgoing request. A replay belongs to the trace of its event, with a link to the trace that
    /// requested the replay.
    /// </summary>
    /// <param name="name">Name of the span.</param>
    /// <param name="trace">The trace that it belongs to; null: the current one.</param>
    public static Activity StartClient(string name, string? trace)
    {
        var current = Activity.Current?.Context ?? default;
        return TryParse(trace, out var own) && own.TraceId != current.TraceId
            ? Start(name, ActivityKind.Client, own, links: current == default ? null : [new ActivityLink(current)])
            : Start(name, ActivityKind.Client, current);
    }

    /// <summary>
    /// Parses a <c>traceparent</c>. A caller's <c>tracestate</c> and <c>baggage</c> are not passed on, because their
    /// content is not ours to store and send.
    /// </summary>
    public static bool TryParse(string? traceparent, out ActivityContext context)
    {
        context = default;
        return traceparent is { Length: >= 55 and <= 128 }
            && ActivityContext.TryParse(traceparent, traceState: null, isRemote: true, out context)
            && context.TraceId != default
            && context.SpanId != default;
    }

    private static Activity Start(
        string name,
        ActivityKind kind,
        ActivityContext parent,
        DateTimeOffset startedAt = default,
        IEnumerable<ActivityLink>? links = null
    )
    {
        if (Source.StartActivity(name, kind, parent, tags: null, links, startedAt) is { } recorded)
            return recorded;
        // Without a listener or sampling there is no span, but the context is still passed on.
        var passed = new Activity(name).SetIdFormat(ActivityIdFormat.W3C);
        if (parent != default)
            passed.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
        return passed.Start();
    }

    /// <summary>An invocation whose trace becomes known while it runs.</summary>
    internal sealed class Invocation(string name, ActivityKind kind, string id) : IDisposable
    {
        private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
        private readonly Lock _lock = new();
        private Activity? _span;

        /// <summary>The type of the error only: a message may contain sensitive data.</summary>
        public string? Error { get; set; }

        /// <summary>The span, if its trace is known or <paramref name="traceparent"/> gives it.</summary>
        public Activity? Resume(string? traceparent)
        {
            lock (_lock)
                return _span ??= TryParse(traceparent, out var parent) ? Start(name, kind, parent, _startedAt) : null;
        }

        public void Dispose()
        {
            lock (_lock)
                _span ??= Start(name, kind, default, _startedAt);
            if (Error is not null)
                _span.SetTag("error.type", Error).SetStatus(ActivityStatusCode.Error);
            _span.SetTag("faas.name", name).SetTag(InvocationId, id).Stop();
        }
    }
}
