using System.Linq.Expressions;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.DependencyInjection;

namespace Serverless.Local.Hosting;

/// <summary>Gives one parameter its value.</summary>
internal delegate ValueTask<object?> ParameterBinder(LocalFunctionContext context);

/// <summary>Binds a function's parameters and calls its method. Compiled once, when the app starts.</summary>
internal sealed class FunctionInvoker
{
    private readonly ParameterBinder[] _binders;
    private readonly ObjectFactory? _createInstance;
    private readonly Func<object?, object?[], Task<object?>> _call;

    public FunctionInvoker(MethodInfo method, ParameterBinder[] binders)
    {
        _binders = binders;
        _createInstance = method.IsStatic ? null : ActivatorUtilities.CreateFactory(method.DeclaringType!, Type.EmptyTypes);
        _call = Compile(method);
    }

    // No ConfigureAwait(false): an orchestrator must stay on its engine's thread.
    public async Task InvokeAsync(FunctionContext context)
    {
        var local = context as LocalFunctionContext
            ?? throw new InvalidOperationException("A middleware must pass on the FunctionContext that it was given.");
        var arguments = new object?[_binders.Length];
        for (var i = 0; i < arguments.Length; i++)
            arguments[i] = await _binders[i](local);
        local.Result.Value = await _call(_createInstance?.Invoke(context.InstanceServices, null), arguments);
    }

    private static Func<object?, object?[], Task<object?>> Compile(MethodInfo method)
    {
        var instance = Expression.Parameter(typeof(object));
        var arguments = Expression.Parameter(typeof(object?[]));
        var call = Expression.Call(
            method.IsStatic ? null : Expression.Convert(instance, method.DeclaringType!),
            method,
            method.GetParameters().Select((parameter, i) =>
                Expression.Convert(Expression.ArrayIndex(arguments, Expression.Constant(i)), parameter.ParameterType)));
        Expression body = method.ReturnType switch
        {
            var type when type == typeof(void) => Expression.Block(call, Expression.Constant(Task.FromResult<object?>(null))),
            var type when type == typeof(Task) => Expression.Call(typeof(FunctionInvoker), nameof(AwaitAsync), null, call),
            { IsGenericType: true } type when type.GetGenericTypeDefinition() == typeof(Task<>) =>
                Expression.Call(typeof(FunctionInvoker), nameof(AwaitResultAsync), type.GetGenericArguments(), call),
            _ => Expression.Call(typeof(Task), nameof(Task.FromResult), [typeof(object)], Expression.Convert(call, typeof(object))),
        };
        return Expression.Lambda<Func<object?, object?[], Task<object?>>>(body, instance, arguments).Compile();
    }

    private static async Task<object?> AwaitAsync(Task task)
    {
        await task;
        return null;
    }

    private static async Task<object?> AwaitResultAsync<T>(Task<T> task) => await task;
}
