namespace Serverless.Functions.Operations;

/// <summary>Where a transfer stands.</summary>
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

/// <summary>The allowed moves of a transfer: one table, asked by everything that changes one.</summary>
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

    /// <summary>True when nothing can follow.</summary>
    public static bool IsFinal(OperationStatus status) => !Allowed.Any(move => move.From == status);
}
