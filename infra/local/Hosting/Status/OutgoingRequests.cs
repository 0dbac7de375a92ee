using System.Diagnostics;
using System.Reflection;

namespace Serverless.Local.Hosting;

/// <summary>One HTTP request that a function made to the outside world.</summary>
internal sealed record OutgoingRequest(DateTimeOffset At, string Function, string Method, string Target, int? Status, TimeSpan Duration);

/// <summary>The last HTTP requests that functions made, apart from those of Azure clients. Observed where HttpClient reports them, so that nobody needs to tell.</summary>
internal sealed class OutgoingRequests(TimeProvider clock)
{
    private const int Kept = 50;
    private const string Event = "System.Net.Http.HttpRequestOut";
    private static readonly AsyncLocal<(OutgoingRequests Owner, string Function)?> Current = new();
    private static readonly Lazy<IDisposable> Observing = new(() => DiagnosticListener.AllListeners.Subscribe(new Listeners()));
    private readonly Queue<OutgoingRequest> _recent = new();

    /// <summary>From here on, in this asynchronous flow, requests are those of <paramref name="function"/>.</summary>
    public void Enter(string function)
    {
        _ = Observing.Value;
        Current.Value = (this, function);
    }

    /// <summary>The requests kept, newest first.</summary>
    public IReadOnlyList<OutgoingRequest> Read()
    {
        lock (_recent)
            return [.. _recent.Reverse()];
    }

    private void Add(OutgoingRequest request)
    {
        lock (_recent)
        {
            _recent.Enqueue(request);
            if (_recent.Count > Kept)
                _recent.Dequeue();
        }
    }

    private sealed class Listeners : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "HttpHandlerDiagnosticListener")
                value.Subscribe(new Requests(), (name, request, _) => name.StartsWith(Event, StringComparison.Ordinal) && Current.Value is not null
                    && !(request is HttpRequestMessage message && IsOfAzureClient(message)));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        /// <summary>Every Azure client marks its requests; storage and secrets are not what this is about.</summary>
        private static bool IsOfAzureClient(HttpRequestMessage request) => request.Headers.Contains("x-ms-client-request-id");
    }

    private sealed class Requests : IObserver<KeyValuePair<string, object?>>
    {
        private static PropertyInfo? _request;
        private static PropertyInfo? _response;

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key != Event + ".Stop" || value.Value is null || Current.Value is not { } flow)
                return;
            // The payload's type is internal to System.Net.Http; its properties are the documented contract.
            _request ??= value.Value.GetType().GetProperty("Request");
            _response ??= value.Value.GetType().GetProperty("Response");
            if (_request?.GetValue(value.Value) is not HttpRequestMessage { RequestUri: { } uri } request || request.Headers.Contains("x-ms-client-request-id"))
                return;
            var response = _response?.GetValue(value.Value) as HttpResponseMessage;
            flow.Owner.Add(new OutgoingRequest(
                flow.Owner.Now, flow.Function, request.Method.Method, uri.Authority + uri.AbsolutePath,
                (int?)response?.StatusCode, Elapsed(Activity.Current)));
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        private static TimeSpan Elapsed(Activity? activity) =>
            activity is null ? TimeSpan.Zero : activity.Duration > TimeSpan.Zero ? activity.Duration : DateTime.UtcNow - activity.StartTimeUtc;
    }

    private DateTimeOffset Now => clock.GetUtcNow();
}
