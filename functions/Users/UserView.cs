namespace Serverless.Functions.Users;

/// <summary>A person, and why each of its values is the one that counts.</summary>
internal sealed record UserView
{
    /// <summary>Our id of the person. It is the same in all links of one <c>referenceId</c>.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Where the person stands.</summary>
    /// <example>data_incomplete</example>
    public required UserStatus Status { get; init; }

    /// <summary>Where the verification of the identity stands.</summary>
    /// <example>none</example>
    public required CipStatus CipStatus { get; init; }

    /// <summary>When we first heard of the person.</summary>
    /// <example>2026-11-02T09:30:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When something about the person last changed.</summary>
    /// <example>2026-11-29T14:03:20.000Z</example>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>What is held, by path. Never a whole value.</summary>
    public required IReadOnlyList<UserFieldView> Fields { get; init; }

    /// <summary>Paths of what is still needed to verify the person. Empty where nothing is.</summary>
    public required IReadOnlyList<string> MissingFields { get; init; }
}

/// <summary>A field of the person: the value that counts, and all that ever arrived.</summary>
internal sealed record UserFieldView
{
    /// <summary>The field, as in <c>userData</c>: <c>name.firstName</c>, <c>idNumber</c>, …</summary>
    /// <example>idNumber</example>
    public required string Path { get; init; }

    /// <summary>
    /// The value, masked: enough to recognise it. A name shows its first letter, a number its last four characters
    /// (never more than half of it), a birthday its year, a picture <c>held</c>.
    /// </summary>
    /// <example>•••MN07</example>
    public required string Value { get; init; }

    /// <summary>
    /// Where the value came from. A stronger source wins: your <c>userData</c>, then your answer to a data request,
    /// then what the person typed.
    /// </summary>
    /// <example>partner_api</example>
    public required FieldSource Source { get; init; }

    /// <summary>Since when it counts.</summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    public required DateTimeOffset Since { get; init; }

    /// <summary>
    /// What it came with: a link, a data request, a shared KYC (<c>share_…</c>), or <c>identity_api</c>.
    /// </summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string Via { get; init; }

    /// <summary>Every value that ever arrived for the field, oldest first.</summary>
    public required IReadOnlyList<ArrivedValue> History { get; init; }
}

/// <summary>A value that arrived for a field.</summary>
internal sealed record ArrivedValue
{
    /// <summary>The value, masked in the same way.</summary>
    /// <example>•••MN07</example>
    public required string Value { get; init; }

    /// <summary>Where it came from.</summary>
    /// <example>widget</example>
    public required FieldSource Source { get; init; }

    /// <summary>When it arrived.</summary>
    /// <example>2026-11-02T09:32:00.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// What it came with: a link, a data request, a shared KYC (<c>share_…</c>), or <c>identity_api</c>.
    /// </summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string Via { get; init; }

    /// <summary>What became of it.</summary>
    /// <example>ignored</example>
    public required ArrivalOutcome Outcome { get; init; }
}

/// <summary>What became of a value that arrived.</summary>
internal enum ArrivalOutcome
{
    /// <summary>It replaced the value that was held.</summary>
    Applied,

    /// <summary>A value of a stronger source was held and stayed.</summary>
    Ignored,
}
