using Grpc.Core;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Worker;

/// <summary>Where workers connect. A worker says first who it is; anyone whom nobody expects is turned away.</summary>
internal sealed class FunctionRpcService(FunctionsWorker worker) : FunctionRpc.FunctionRpcBase
{
    /// <inheritdoc/>
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context
    )
    {
        if (
            !await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false)
            || requestStream.Current is not { ContentCase: StreamingMessage.ContentOneofCase.StartStream } first
        )
            throw new Grpc.Core.RpcException(
                new Status(StatusCode.InvalidArgument, "The first message of the stream must be StartStream.")
            );
        if (worker.Connect(first.StartStream.WorkerId) is not { } channel)
            throw new Grpc.Core.RpcException(
                new Status(StatusCode.PermissionDenied, "No worker of this id was started.")
            );
        await channel.RunAsync(requestStream, responseStream, context.CancellationToken).ConfigureAwait(false);
    }
}
