using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Local.Hosting;

/// <summary>Runs invocations of every kind of trigger through the app's middleware.</summary>
internal sealed class InvocationPipeline(
    IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> middleware, IServiceScopeFactory scopes, CostMeter costs, OutgoingRequests outgoing)
{
    private readonly FunctionExecutionDelegate _run = middleware.Reverse().Aggregate<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>, FunctionExecutionDelegate>(
        context => ((LocalFunctionContext)context).Definition.Invoker.InvokeAsync(context),
        (next, wrap) => wrap(next));

    private int _inFlight;

    /// <summary>How many invocations of triggers other than HTTP and orchestrations run.</summary>
    public int Work => Volatile.Read(ref _inFlight);

    /// <summary>An invocation with a scope of its own.</summary>
    public LocalFunctionContext Create(
        LocalFunctionDefinition function, object? triggerValue, CancellationToken cancellationToken,
        IReadOnlyDictionary<string, object?>? data = null, int retryCount = 0, int maxRetryCount = 0) =>
        data is null
            ? new(function, scopes, triggerValue, cancellationToken) { RetryCount = retryCount, MaxRetryCount = maxRetryCount }
            : new(function, scopes, triggerValue, cancellationToken) { Data = data, RetryCount = retryCount, MaxRetryCount = maxRetryCount };

    // Asynchronous so that what it sets for this flow does not leak to the caller's.
    public async Task RunAsync(LocalFunctionContext context)
    {
        costs.Enter(context.Definition.Name);
        outgoing.Enter(context.Definition.Name);
        await _run(context);
    }

    /// <summary>Runs an invocation that the clock waits for.</summary>
    public async Task RunCountedAsync(LocalFunctionContext context)
    {
        using var _ = Hold();
        await RunAsync(context);
    }

    /// <summary>Makes the clock wait until the result is disposed of.</summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref _inFlight);
        return new Held(this);
    }

    private sealed class Held(InvocationPipeline pipeline) : IDisposable
    {
        private InvocationPipeline? _pipeline = pipeline;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _pipeline, null) is { } owner)
                Interlocked.Decrement(ref owner._inFlight);
        }
    }
}
