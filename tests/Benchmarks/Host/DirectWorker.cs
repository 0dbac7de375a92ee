using Serverless.Local.Worker;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Benchmarks;

/// <summary>
/// A worker process that this process calls itself: the invocation over gRPC, the request to the worker's own web
/// server. What every host must do, and no more.
/// </summary>
internal sealed class DirectWorker(FunctionsWorker worker) : IDisposable
{
    private readonly HttpClient _http = Clients.New();

    public async Task SendAsync(string function, Request request)
    {
        var id = Guid.NewGuid().ToString();
        var address = await worker.HttpAddressAsync(default);
        using var message = request.ToMessage(new Uri(address!, request.Path));
        message.Headers.Add("x-ms-invocation-id", id);
        var trigger = new TypedData { Http = new RpcHttp() };
        var invoked = worker.InvokeAsync(id, worker.Find(function)!, trigger, metadata: null, retry: null, default);
        using var answer = await _http.SendAsync(message);
        request.Check(answer);
        await answer.Content.ReadAsByteArrayAsync();
        if ((await invoked).Result.Status != StatusResult.Types.Status.Success)
            throw new InvalidOperationException($"{function} failed.");
    }

    public void Dispose() => _http.Dispose();
}
