using System.Diagnostics;

namespace Serverless.Functions.Observability;

/// <summary>
/// One trace from an API call to the webhooks that it leads to. The context (W3C, <c>traceparent</c>) is handed on
/// whether or not anybody records spans: in a property of each message, in a column of each event and record, in a
/// header of each webhook.
/// </summary>
internal static class Tracing
{
    /// <summary>Name of the header of requests and webhooks, and of the property of messages.</summary>
    public const string Header = "traceparent";

    /// <summary>
    /// Column with the trace of the change that wrote the row first: what follows later, after a wait or a crash, goes
    /// on with it.
    /// </summary>
    public const string Column = "Trace";

    /// <summary>Attribute with the id that the host's lines about an invocation have, too.</summary>
    public const string InvocationId = "faas.invocation_id";

    /// <summary>Of the app's spans.</summary>
    public static readonly ActivitySource Source = new("Serverless");

    private static readonly AsyncLocal<Invocation?> Running = new();

    /// <summary>The present span as a <c>traceparent</c>; null outside a trace.</summary>
    public static string? Context => Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current.Id : null;

    /// <summary>
    /// Begins an invocation whose trace is known: that of <paramref name="traceparent"/>, or a new one where it is null
    /// or malformed.
    /// </summary>
    public static Activity Begin(string name, ActivityKind kind, string? traceparent)
    {
        Running.Value = null;
        // What is current here is the worker's: it is not exported, and would leave the span without its parent.
        Activity.Current = null;
        return Start(name, kind, TryParse(traceparent, out var parent) ? parent : default);
    }

    /// <summary>
    /// Begins an invocation whose trace is not known yet: its span begins with <see cref="Continue"/>, at the latest
    /// when it is disposed of.
    /// </summary>
    public static Invocation BeginUnknown(string name, ActivityKind kind, string invocationId)
    {
        Activity.Current = null;
        return Running.Value = new Invocation(name, kind, invocationId);
    }

    /// <summary>
    /// The trace that the running invocation belongs to, now that the message or the record is read. Only the first
    /// word counts; where the trace is known already, nothing changes. Its span is the current one in the caller from
    /// here on, so that a caller that awaited a <c>Continue</c> calls it again.
    /// </summary>
    /// <param name="traceparent">From the message or the record; null where it has none.</param>
    public static void Continue(string? traceparent)
    {
        if (Running.Value is { } invocation && invocation.Resume(traceparent) is { } span)
            Activity.Current = span;
    }

    /// <summary>
    /// A request to the outside. A replay, asked for by another trace, belongs to that of its event and is linked to
    /// the one that asked.
    /// </summary>
    /// <param name="name">What is called.</param>
    /// <param name="trace">The trace that it belongs to; null: the present one.</param>
    public static Activity StartClient(string name, string? trace)
    {
        var current = Activity.Current?.Context ?? default;
        return TryParse(trace, out var own) && own.TraceId != current.TraceId
            ? Start(name, ActivityKind.Client, own, links: current == default ? null : [new ActivityLink(current)])
            : Start(name, ActivityKind.Client, current);
    }

    /// <summary>
    /// Reads a <c>traceparent</c>. A caller's <c>tracestate</c> and <c>baggage</c> are not handed on: what stands in
    /// them is not ours to store and to send.
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
        // Nobody listens, or the trace is not sampled: the context goes on all the same.
        var passed = new Activity(name).SetIdFormat(ActivityIdFormat.W3C);
        if (parent != default)
            passed.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
        return passed.Start();
    }

    /// <summary>An invocation that learns of its trace while it runs.</summary>
    internal sealed class Invocation(string name, ActivityKind kind, string id) : IDisposable
    {
        private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;
        private readonly Lock _lock = new();
        private Activity? _span;

        /// <summary>Why it failed, by type: a message may hold what it should not.</summary>
        public string? Error { get; set; }

        /// <summary>The span, if its trace is known or becomes known by <paramref name="traceparent"/>.</summary>
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
