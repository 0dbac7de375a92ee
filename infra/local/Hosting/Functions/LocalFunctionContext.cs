using System.Collections;
using System.Diagnostics;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Local.Hosting;

/// <summary>Holds what a function returned or a middleware answered.</summary>
internal sealed class ResultFeature
{
    public object? Value { get; set; }
}

/// <summary>One invocation.</summary>
internal sealed class LocalFunctionContext : FunctionContext, IDisposable, IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, object?> NoData = new Dictionary<string, object?>();
    private readonly IServiceScopeFactory? _scopes;
    private readonly LocalFeatures _features = new();
    private IServiceScope? _scope;
    private IServiceProvider? _services;
    private IDictionary<object, object>? _items;
    private string? _invocationId;

    /// <summary>An invocation with a scope of its own, made when it is first asked for.</summary>
    public LocalFunctionContext(LocalFunctionDefinition definition, IServiceScopeFactory scopes, object? triggerValue, CancellationToken cancellationToken)
        : this(definition, triggerValue, cancellationToken) => _scopes = scopes;

    /// <summary>An invocation within a scope that the caller disposes of.</summary>
    public LocalFunctionContext(LocalFunctionDefinition definition, IServiceProvider services, object? triggerValue, CancellationToken cancellationToken)
        : this(definition, triggerValue, cancellationToken) => _services = services;

    private LocalFunctionContext(LocalFunctionDefinition definition, object? triggerValue, CancellationToken cancellationToken)
    {
        Definition = definition;
        TriggerValue = triggerValue;
        CancellationToken = cancellationToken;
        _features.Set(Result);
    }

    public LocalFunctionDefinition Definition { get; }

    /// <summary>What the trigger hands over: the request, the message arguments, the timer, the orchestration context, the activity's input.</summary>
    public object? TriggerValue { get; }

    public ResultFeature Result { get; } = new();
    public IReadOnlyDictionary<string, object?> Data { get; init; } = NoData;
    public int RetryCount { get; init; }
    public int MaxRetryCount { get; init; }

    public override string InvocationId => _invocationId ??= Guid.NewGuid().ToString();
    public override string FunctionId => Definition.Id;
    public override FunctionDefinition FunctionDefinition => Definition;
    public override CancellationToken CancellationToken { get; }
    public override IInvocationFeatures Features => _features;
    public override TraceContext TraceContext { get; } = new LocalTrace(Activity.Current);
    public override BindingContext BindingContext => new LocalBindingContext(Data);
    public override RetryContext RetryContext => new LocalRetry(RetryCount, MaxRetryCount);
    public override IDictionary<object, object> Items { get => _items ??= new Dictionary<object, object>(); set => _items = value; }
    public override IServiceProvider InstanceServices { get => _services ??= (_scope = _scopes!.CreateScope()).ServiceProvider; set => _services = value; }

    public void Dispose() => _scope?.Dispose();

    public ValueTask DisposeAsync()
    {
        if (_scope is IAsyncDisposable scope)
            return scope.DisposeAsync();
        Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class LocalBindingContext(IReadOnlyDictionary<string, object?> data) : BindingContext
    {
        public override IReadOnlyDictionary<string, object?> BindingData => data;
    }

    private sealed class LocalRetry(int count, int max) : RetryContext
    {
        public override int RetryCount => count;
        public override int MaxRetryCount => max;
    }

    private sealed class LocalTrace(Activity? activity) : TraceContext
    {
        public override string TraceParent => activity?.Id ?? "";
        public override string TraceState => activity?.TraceStateString ?? "";
    }

    private sealed class LocalFeatures : IInvocationFeatures
    {
        private readonly Dictionary<Type, object> _byType = [];

        public void Set<T>(T instance)
        {
            if (instance is null)
                _byType.Remove(typeof(T));
            else
                _byType[typeof(T)] = instance;
        }

        public T? Get<T>() => _byType.TryGetValue(typeof(T), out var feature) ? (T)feature : default;

        public IEnumerator<KeyValuePair<Type, object>> GetEnumerator() => _byType.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
