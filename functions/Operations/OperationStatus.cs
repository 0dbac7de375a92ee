namespace Serverless.Functions.Operations;

/// <summary>Status of a transfer.</summary>
internal enum OperationStatus
{
    /// <summary>The person confirmed it; it can still be cancelled.</summary>
    Created,

    /// <summary>The payout rail has it.</summary>
    Processing,

    /// <summary>Paid out.</summary>
    Completed,

    /// <summary>The payout rail refused it or gave it back.</summary>
    Failed,

    /// <summary>The person cancelled it in time.</summary>
    Cancelled,
}

/// <summary>The allowed changes of a transfer's status: one table, used by every change.</summary>
internal static class OperationTransitions
{
    private static readonly HashSet<(OperationStatus From, OperationStatus To)> Allowed =
    [
        (OperationStatus.Created, OperationStatus.Processing),
        (OperationStatus.Created, OperationStatus.Cancelled),
        (OperationStatus.Processing, OperationStatus.Completed),
        (OperationStatus.Processing, OperationStatus.Failed),
    ];

    public static bool Allows(OperationStatus from, OperationStatus to) => Allowed.Contains((from, to));

    /// <summary>True if no other status can follow.</summary>
    public static bool IsFinal(OperationStatus status) => !Allowed.Any(move => move.From == status);
}
