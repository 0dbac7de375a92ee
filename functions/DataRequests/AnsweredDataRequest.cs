namespace Serverless.Functions.DataRequests;

/// <summary>Your answer to a data request was merged.</summary>
internal sealed record AnsweredDataRequest
{
    /// <summary>The data request. A link has at most one.</summary>
    /// <example>dr_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string DataRequestId { get; init; }

    /// <summary>Always <c>fulfilled</c>, even where fields are still open.</summary>
    /// <example>fulfilled</example>
    public required DataRequestStatus Status { get; init; }

    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>What happened, in English, for people.</summary>
    /// <example>The data was received and merged.</example>
    public required string Message { get; init; }

    /// <summary>When you first answered.</summary>
    /// <example>2026-11-29T14:01:00.000Z</example>
    public required DateTimeOffset FulfilledAt { get; init; }

    /// <summary>
    /// Paths of what you were asked for and have not sent. The page asks the person for them; you can send them in
    /// further answers until the link expires. Empty where you sent all.
    /// </summary>
    public required IReadOnlyList<string> OpenFields { get; init; }
}
