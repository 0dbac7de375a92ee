using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Observability;

/// <summary>
/// Scopes that tell for each log line to which request or event it belongs. They contain our ids and the partner's id,
/// never a person's.
/// </summary>
internal static class LogScopes
{
    /// <summary>Header of requests and answers with the request's id.</summary>
    public const string RequestIdHeader = "X-Request-Id";

    public const string RequestId = "serverless.request_id";
    public const string Partner = "serverless.partner";
    public const string Event = "serverless.event_id";

    private static readonly AsyncLocal<Scope?> Running = new();

    /// <summary>The innermost scope, which is exported.</summary>
    public static IReadOnlyList<KeyValuePair<string, object?>> Current => Running.Value?.Items ?? [];

    /// <summary>Scope of a message.</summary>
    public static IDisposable BeginEvent(this ILogger logger, string partner, string id) =>
        new Scope(logger, requestId: null, () => partner, id);

    /// <summary>Scope of a request. It includes the partner as soon as the gate has authenticated it.</summary>
    public static IDisposable BeginRequest(this ILogger logger, HttpContext http, string requestId) =>
        new Scope(logger, requestId, () => http.Items[Partner] as string, eventId: null);

    private sealed class Scope : IReadOnlyList<KeyValuePair<string, object?>>, IDisposable
    {
        private readonly string? _requestId;
        private readonly Func<string?> _partner;
        private readonly string? _eventId;
        private readonly Scope? _outer = Running.Value;
        private readonly IDisposable? _ofLogger;

        public Scope(ILogger logger, string? requestId, Func<string?> partner, string? eventId)
        {
            (_requestId, _partner, _eventId) = (requestId, partner, eventId);
            Running.Value = this;
            _ofLogger = logger.BeginScope(this);
        }

        public IReadOnlyList<KeyValuePair<string, object?>> Items
        {
            get
            {
                KeyValuePair<string, object?>[] all =
                [
                    new("RequestId", _requestId),
                    new("Partner", _partner()),
                    new("Event", _eventId),
                ];
                return [.. all.Where(item => item.Value is not null)];
            }
        }

        public int Count => Items.Count;

        public KeyValuePair<string, object?> this[int index] => Items[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => Items.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => string.Join(' ', Items.Select(item => $"{item.Key}:{item.Value}"));

        public void Dispose()
        {
            _ofLogger?.Dispose();
            Running.Value = _outer;
        }
    }
}
