using Serverless.Local.Hosting;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>What a function returned, or a middleware put in its place.</summary>
public abstract class InvocationResult<T>
{
    /// <summary>The value. Settable: a middleware answers by setting it.</summary>
    public abstract T? Value { get; set; }
}

/// <summary>What a function returned, or a middleware put in its place.</summary>
public abstract class InvocationResult : InvocationResult<object>;

/// <summary>Access to an invocation's result.</summary>
public static class FunctionContextBindingFeatureExtensions
{
    /// <summary>The invocation's result.</summary>
    public static InvocationResult GetInvocationResult(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new UntypedResult(Holder(context));
    }

    /// <summary>The invocation's result as <typeparamref name="T"/>.</summary>
    /// <exception cref="InvalidOperationException">The value is of another type.</exception>
    public static InvocationResult<T> GetInvocationResult<T>(this FunctionContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var holder = Holder(context);
        if (holder.Value is not null and not T)
            throw new InvalidOperationException($"Requested type '{typeof(T)}' does not match the type of Value '{holder.Value.GetType()}'.");
        return new TypedResult<T>(holder);
    }

    private static ResultFeature Holder(FunctionContext context) =>
        context.Features.Get<ResultFeature>() ?? throw new InvalidOperationException("This FunctionContext carries no invocation result.");

    private sealed class UntypedResult(ResultFeature holder) : InvocationResult
    {
        public override object? Value { get => holder.Value; set => holder.Value = value; }
    }

    private sealed class TypedResult<T>(ResultFeature holder) : InvocationResult<T>
    {
        public override T? Value { get => (T?)holder.Value; set => holder.Value = value; }
    }
}
