using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Worker;

/// <summary>Runs functions in the worker.</summary>
internal interface IFunctionInvoker
{
    /// <summary>The loaded function of this name, or null.</summary>
    LoadedFunction? Find(string name);

    /// <summary>
    /// Runs a function to its end; a function that fails is a response like any other (see its <c>Result</c>).
    /// </summary>
    /// <param name="function">What to run.</param>
    /// <param name="trigger">The value of the trigger's parameter.</param>
    /// <param name="metadata">Trigger metadata, which other parameters can be bound from; null for none.</param>
    /// <param name="cancellationToken">
    /// Asks the worker to cancel the invocation; its answer is waited for all the same.
    /// </param>
    /// <exception cref="WorkerLostException">
    /// The worker ended before it answered: nobody knows what the function has done.
    /// </exception>
    Task<InvocationResponse> InvokeAsync(
        LoadedFunction function,
        TypedData trigger,
        IReadOnlyDictionary<string, TypedData>? metadata = null,
        CancellationToken cancellationToken = default
    );
}

/// <summary>
/// The worker ended while something was asked of it. The host starts it anew; what waits should wait a moment and try
/// again.
/// </summary>
internal sealed class WorkerLostException(string message, Exception? cause = null) : Exception(message, cause);
