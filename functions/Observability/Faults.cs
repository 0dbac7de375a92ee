using System.Reflection;

namespace Serverless.Functions.Observability;

/// <summary>Finds the real exception of a failed function.</summary>
internal static class Faults
{
    /// <summary>
    /// The exception that a function threw. The worker calls functions of internal classes by reflection, which wraps
    /// it in another one. An exception that contains several is returned as it is.
    /// </summary>
    public static Exception CauseOf(Exception thrown) =>
        thrown switch
        {
            AggregateException { InnerExceptions: [var only] } => CauseOf(only),
            TargetInvocationException { InnerException: { } inner } => CauseOf(inner),
            _ => thrown,
        };
}
