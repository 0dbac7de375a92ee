using System.Collections.Concurrent;
using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Serverless.Local.Worker.Rpc;
using GrpcException = Grpc.Core.RpcException;

namespace Serverless.Local.Worker;

/// <summary>
/// The event stream of one worker, from its connection to its end: what is asked over it, and what is answered.
/// </summary>
internal sealed class WorkerChannel(WorkerLog log)
{
    private static readonly WriteOptions Together = new(WriteFlags.BufferHint);

    private readonly Channel<StreamingMessage> _outgoing = Channel.CreateUnbounded<StreamingMessage>(
        new UnboundedChannelOptions { SingleReader = true }
    );

    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _asked = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the worker is gone.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Sends and receives until the worker is gone.</summary>
    public async Task RunAsync(
        IAsyncStreamReader<StreamingMessage> fromWorker,
        IServerStreamWriter<StreamingMessage> toWorker,
        CancellationToken cancellationToken
    )
    {
        var sending = SendAsync(toWorker);
        try
        {
            while (await fromWorker.MoveNext(cancellationToken).ConfigureAwait(false))
                Receive(fromWorker.Current);
        }
        catch (Exception ex) when (ex is IOException or OperationCanceledException or GrpcException)
        {
            // A worker that was killed says no goodbye.
        }
        finally
        {
            End();
            await sending.ConfigureAwait(false);
        }
    }

    /// <summary>Asks the worker something that it answers under the same request id.</summary>
    /// <exception cref="WorkerLostException">It ended before it answered.</exception>
    public Task<StreamingMessage> AskAsync(StreamingMessage message)
    {
        message.RequestId = Guid.NewGuid().ToString();
        return AskAsync(message.RequestId, message);
    }

    /// <summary>Runs a function to its end.</summary>
    /// <exception cref="WorkerLostException">The worker ended before it answered.</exception>
    public async Task<InvocationResponse> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        using var cancelling = cancellationToken.Register(() =>
            Send(
                new StreamingMessage
                {
                    InvocationCancel = new InvocationCancel
                    {
                        InvocationId = request.InvocationId,
                        GracePeriod = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)),
                    },
                }
            )
        );
        var answer = await AskAsync(
                request.InvocationId,
                new StreamingMessage { RequestId = request.InvocationId, InvocationRequest = request }
            )
            .ConfigureAwait(false);
        return answer.InvocationResponse;
    }

    /// <summary>Tells the worker to stop.</summary>
    public void Terminate() =>
        Send(
            new StreamingMessage
            {
                WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)) },
            }
        );

    private Task<StreamingMessage> AskAsync(string requestId, StreamingMessage message)
    {
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _asked[requestId] = answer;
        Send(message);
        // After it is listed: whoever ends the channel fails what is listed by then.
        if (Ended.IsCompleted && _asked.TryRemove(requestId, out _))
            answer.TrySetException(Lost());
        return answer.Task;
    }

    private void Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    private async Task SendAsync(IServerStreamWriter<StreamingMessage> toWorker)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                // Messages that wait together leave together.
                toWorker.WriteOptions = _outgoing.Reader.TryPeek(out _) ? Together : null;
                await toWorker.WriteAsync(message).ConfigureAwait(false);
            }
        }
        catch (Exception ex)
            when (ex is InvalidOperationException or IOException or OperationCanceledException or GrpcException)
        {
            // The stream is closed; the receiving side ends the channel.
        }
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.RpcLog:
                log.Write(message.RpcLog);
                break;
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                Answer(message.InvocationResponse.InvocationId, message);
                break;
            default:
                Answer(message.RequestId, message);
                break;
        }
    }

    private void Answer(string requestId, StreamingMessage message)
    {
        if (_asked.TryRemove(requestId, out var answer))
            answer.TrySetResult(message);
    }

    private void End()
    {
        _ended.TrySetResult();
        _outgoing.Writer.TryComplete();
        foreach (var requestId in _asked.Keys)
            if (_asked.TryRemove(requestId, out var answer))
                answer.TrySetException(Lost());
    }

    private static WorkerLostException Lost() => new("The worker ended before it answered.");
}
