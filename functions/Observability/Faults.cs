using System.Reflection;

namespace Serverless.Functions.Observability;

/// <summary>What really went wrong in a function.</summary>
internal static class Faults
{
    /// <summary>
    /// The exception that a function threw. The worker calls functions of internal classes by reflection, so that it
    /// arrives in the middleware inside another one. Exceptions that hold several stay as they are.
    /// </summary>
    public static Exception CauseOf(Exception thrown) =>
        thrown switch
        {
            AggregateException { InnerExceptions: [var only] } => CauseOf(only),
            TargetInvocationException { InnerException: { } inner } => CauseOf(inner),
            _ => thrown,
        };
}
