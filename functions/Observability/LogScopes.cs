using System.Collections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Observability;

/// <summary>What stands beside every line that is logged: whose request or event it is. Ids of ours and the partner's id, never a person's.</summary>
internal static class LogScopes
{
    public const string RequestId = "serverless.request_id";
    public const string Partner = "serverless.partner";
    public const string Event = "serverless.event_id";

    private static readonly Func<ILogger, string, string, IDisposable?> OfEvent = LoggerMessage.DefineScope<string, string>("Partner:{Partner} Event:{Event}");

    /// <summary>Of a message.</summary>
    public static IDisposable? BeginEvent(this ILogger logger, string partner, string id) => OfEvent(logger, partner, id);

    /// <summary>Of a request. The partner stands in it from the moment that the gate knows it.</summary>
    public static IDisposable? BeginRequest(this ILogger logger, HttpContext http, string requestId) => logger.BeginScope(new RequestScope(http, requestId));

    private sealed class RequestScope(HttpContext http, string requestId) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private string? Partner => (http.Items[typeof(Partner)] as Partner)?.Id.Value;

        public int Count => Partner is null ? 1 : 2;

        public KeyValuePair<string, object?> this[int index] => index == 0 ? new("RequestId", requestId) : new("Partner", Partner);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            for (var i = 0; i < Count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => Partner is { } partner ? $"RequestId:{requestId} Partner:{partner}" : $"RequestId:{requestId}";
    }
}
