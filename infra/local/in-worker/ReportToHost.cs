using System.Net;
using System.Net.Http.Json;
using System.Threading.Channels;

namespace Serverless.Local.InWorker;

/// <summary>
/// Tells the host of requests, several at a time. What cannot be delivered is dropped: it is for a page that a person
/// looks at.
/// </summary>
internal sealed class ReportToHost
{
    private const int MaxWaiting = 10_000;
    private const int MaxBatch = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Channel<ObservedRequest> _waiting = Channel.CreateBounded<ObservedRequest>(
        new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly Uri _address;

    public ReportToHost(Uri address)
    {
        _address = address;
        // Its own requests belong to no invocation.
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(SendAsync);
    }

    public void Add(ObservedRequest request) => _waiting.Writer.TryWrite(request);

    /// <summary>Says one thing: that something has happened.</summary>
    public static async Task TellAsync(Uri address)
    {
        using var http = Client();
        using var response = await http.PostAsync(address, null);
        response.EnsureSuccessStatusCode();
    }

    private static HttpClient Client() =>
        new()
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private async Task SendAsync()
    {
        using var http = Client();
        while (await _waiting.Reader.WaitToReadAsync())
        {
            await Task.Delay(Pause);
            var batch = new List<ObservedRequest>();
            while (batch.Count < MaxBatch && _waiting.Reader.TryRead(out var request))
                batch.Add(request);
            try
            {
                using var response = await http.PostAsJsonAsync(_address, batch);
            }
            catch (Exception ex) when (ex is HttpRequestException or OperationCanceledException)
            {
                // The host is going; this process goes with it.
            }
        }
    }
}
