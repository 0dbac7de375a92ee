using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Threading.Channels;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Local.Worker;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Conformance.Durable;

/// <summary>
/// The real worker with the functions of <c>Serverless.DurableApp</c>, in this process: its entry point on a thread of
/// its own, connected over gRPC. One for all tests, which each have a task hub of their own.
/// </summary>
internal sealed class DurableWorker : FunctionRpc.FunctionRpcBase, IFunctionInvoker
{
    private const string Id = "worker";
    private static readonly Lazy<Task<DurableWorker>> Shared = new(StartAsync);

    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _waiting = new();
    private readonly Dictionary<string, LoadedFunction> _functions = new(StringComparer.OrdinalIgnoreCase);
    private readonly Channel<StreamingMessage> _toWorker = Channel.CreateUnbounded<StreamingMessage>();
    private readonly TaskCompletionSource _connected = new();

    public static Task<DurableWorker> GetAsync() => Shared.Value;

    /// <summary>The value of <c>durableClient</c> parameters; the test that invokes such a function sets it.</summary>
    public string ClientBinding { get; set; } = "";

    public LoadedFunction? Find(string name) => _functions.GetValueOrDefault(name);

    public async Task<InvocationResponse> InvokeAsync(
        LoadedFunction function,
        TypedData trigger,
        IReadOnlyDictionary<string, TypedData>? metadata,
        CancellationToken cancellationToken)
    {
        var request = new InvocationRequest
        {
            InvocationId = Guid.NewGuid().ToString(),
            FunctionId = function.Id,
            TraceContext = new RpcTraceContext(),
            RetryContext = new RetryContext(),
        };
        request.InputData.Add(new ParameterBinding { Name = function.TriggerParameter, Data = trigger });
        foreach (var client in function.DurableClients)
            request.InputData.Add(
                new ParameterBinding
                {
                    Name = client,
                    Data = new TypedData { String = ClientBinding },
                });
        foreach (var (name, value) in metadata ?? new Dictionary<string, TypedData>())
            request.TriggerMetadata[name] = value;
        return (
            await AskAsync(new StreamingMessage { InvocationRequest = request }, request.InvocationId))
            .InvocationResponse;
    }

    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream,
        IServerStreamWriter<StreamingMessage> responseStream,
        ServerCallContext context)
    {
        var writing = WriteAsync(responseStream, context.CancellationToken);
        await foreach (var message in requestStream.ReadAllAsync(context.CancellationToken))
        {
            var answers = message.InvocationResponse?.InvocationId
                ?? message.FunctionLoadResponse?.FunctionId
                ?? message.ContentCase.ToString();
            if (message.ContentCase == StreamingMessage.ContentOneofCase.StartStream)
                _connected.TrySetResult();
            else if (_waiting.TryRemove(answers, out var waiter))
                waiter.SetResult(message);
        }
        await writing;
    }

    private async Task WriteAsync(IServerStreamWriter<StreamingMessage> stream, CancellationToken cancellationToken)
    {
        await foreach (var message in _toWorker.Reader.ReadAllAsync(cancellationToken))
            await stream.WriteAsync(message, cancellationToken);
    }

    private static async Task<DurableWorker> StartAsync()
    {
        var worker = new DurableWorker();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = null);
        builder.Services.AddSingleton(worker);
        var host = builder.Build();
        host.MapGrpcService<DurableWorker>();
        await host.StartAsync();
        Launch(host.Urls.First());
        await worker.LoadAsync();
        return worker;
    }

    /// <summary>Runs the app's entry point as the host would start its process.</summary>
    private static void Launch(string address)
    {
        var app = Assembly.Load("Serverless.DurableApp");
        // The generated start-up code is looked for there.
        Assembly.SetEntryAssembly(app);
        foreach (
            var (name, value) in new[]
            {
                ("HostEndpoint", address),
                ("WorkerId", Id),
                ("RequestId", Id),
                ("GrpcMaxMessageLength", "134217728"),
            })
            Environment.SetEnvironmentVariable("Functions__Worker__" + name, value);
        Environment.SetEnvironmentVariable("FUNCTIONS_APPLICATION_DIRECTORY", AppContext.BaseDirectory);
        Environment.SetEnvironmentVariable("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated");
        string[] arguments =
        [
            "--functions-uri",
            address,
            "--functions-worker-id",
            Id,
            "--functions-request-id",
            Id,
            "--functions-grpc-max-message-length",
            "134217728",
        ];
        new Thread(() => app.EntryPoint!.Invoke(null, [arguments])) { IsBackground = true, Name = "worker" }.Start();
    }

    private async Task LoadAsync()
    {
        await _connected.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var folder = AppContext.BaseDirectory;
        await AskAsync(
            new StreamingMessage
            {
                WorkerInitRequest = new WorkerInitRequest
                {
                    HostVersion = "4.0.0",
                    FunctionAppDirectory = folder,
                    WorkerDirectory = folder,
                },
            },
            nameof(StreamingMessage.WorkerInitResponse));
        var metadata = await AskAsync(
            new StreamingMessage
            {
                FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = folder },
            },
            nameof(StreamingMessage.FunctionMetadataResponse));
        foreach (var function in metadata.FunctionMetadataResponse.FunctionMetadataResults)
            await LoadAsync(function);
    }

    private async Task LoadAsync(RpcFunctionMetadata function)
    {
        var bindings = function.RawBindings.Select(raw => JsonDocument.Parse(raw).RootElement).ToList();
        foreach (var binding in bindings)
            function.Bindings[Text(binding, "name")] = new BindingInfo
            {
                Type = Text(binding, "type"),
                Direction = BindingInfo.Types.Direction.In,
            };
        var loaded = await AskAsync(
            new StreamingMessage
            {
                FunctionLoadRequest = new FunctionLoadRequest
                {
                    FunctionId = function.FunctionId,
                    Metadata = function,
                },
            },
            function.FunctionId);
        if (loaded.FunctionLoadResponse.Result.Status != StatusResult.Types.Status.Success)
            throw new InvalidOperationException(
                $"{function.Name}: {loaded.FunctionLoadResponse.Result.Exception?.Message}");
        _functions[function.Name] = new LoadedFunction(
            function.Name,
            function.FunctionId,
            function.EntryPoint,
            bindings.Single(binding => Text(binding, "type").EndsWith("Trigger", StringComparison.OrdinalIgnoreCase)),
            [
                .. bindings
                    .Where(binding => Text(binding, "type") == "durableClient")
                    .Select(binding => Text(binding, "name")),
            ],
            null);
    }

    private static string Text(JsonElement binding, string member) => binding.GetProperty(member).GetString()!;

    private Task<StreamingMessage> AskAsync(StreamingMessage message, string answer)
    {
        var waiter = _waiting[answer] = new TaskCompletionSource<StreamingMessage>(
            TaskCreationOptions.RunContinuationsAsynchronously);
        _toWorker.Writer.TryWrite(message);
        return waiter.Task;
    }
}
