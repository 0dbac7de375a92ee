using System.Diagnostics;
using System.Reflection;

namespace Serverless.Local.InWorker;

/// <summary>
/// Sees the HTTP requests that functions make, where HttpClient reports them, and which invocation each belongs to: the
/// worker starts an activity for every invocation while somebody listens to its source.
/// </summary>
internal static class OutgoingRequestObserver
{
    private const string WorkerSource = "Microsoft.Azure.Functions.Worker";
    private const string InvocationTag = "faas.execution";
    private const string NewInvocationTag = "faas.invocation_id";
    private const string Event = "System.Net.Http.HttpRequestOut";
    private static readonly AsyncLocal<string?> Invocation = new();
    private static readonly Lock Beginning = new();
    private static Action<ObservedRequest>? _observers;
    private static IDisposable? _requests;
    private static ActivityListener? _invocations;

    /// <summary>From now on the observer is told of every request of every function of this process.</summary>
    public static void Add(Action<ObservedRequest> observer)
    {
        lock (Beginning)
        {
            _observers += observer;
            _invocations ??= Listen();
            _requests ??= DiagnosticListener.AllListeners.Subscribe(new Listeners());
        }
    }

    public static void Remove(Action<ObservedRequest> observer)
    {
        lock (Beginning)
            _observers -= observer;
    }

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == WorkerSource,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
            // Called within the flow of the invocation, so that what it does later carries the value.
            ActivityStarted = activity => Invocation.Value = Id(activity),
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private static string? Id(Activity activity) =>
        (activity.GetTagItem(InvocationTag) ?? activity.GetTagItem(NewInvocationTag)) as string;

    private sealed class Listeners : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "HttpHandlerDiagnosticListener")
                value.Subscribe(
                    new Requests(),
                    (name, _, _) => name.StartsWith(Event, StringComparison.Ordinal) && Invocation.Value is not null
                );
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }

    private sealed class Requests : IObserver<KeyValuePair<string, object?>>
    {
        private static PropertyInfo? _request;
        private static PropertyInfo? _response;

        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (value.Key != Event + ".Stop" || value.Value is null || Invocation.Value is not { } invocation)
                return;
            // The payload's type is internal to System.Net.Http; its properties are the documented contract.
            _request ??= value.Value.GetType().GetProperty("Request");
            _response ??= value.Value.GetType().GetProperty("Response");
            if (_request?.GetValue(value.Value) is not HttpRequestMessage { RequestUri: { } uri } request)
                return;
            var table = TableCost.Of(request);
            // Every Azure client marks its requests; secrets and credentials are not what this is about.
            if (table is null && (request.Headers.Contains("x-ms-client-request-id") || IsToTheHost(request)))
                return;
            var response = _response?.GetValue(value.Value) as HttpResponseMessage;
            _observers?.Invoke(
                new ObservedRequest(
                    DateTimeOffset.UtcNow,
                    invocation,
                    request.Method.Method,
                    uri.Authority + uri.AbsolutePath,
                    table,
                    (int?)response?.StatusCode,
                    Elapsed(Activity.Current).TotalMilliseconds
                )
            );
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }

        /// <summary>Starting and waking orchestrations goes over gRPC.</summary>
        private static bool IsToTheHost(HttpRequestMessage request) =>
            request.Content?.Headers.ContentType?.MediaType == "application/grpc";

        private static TimeSpan Elapsed(Activity? activity)
        {
            if (activity is null)
                return TimeSpan.Zero;
            return activity.Duration > TimeSpan.Zero ? activity.Duration : DateTime.UtcNow - activity.StartTimeUtc;
        }
    }
}
