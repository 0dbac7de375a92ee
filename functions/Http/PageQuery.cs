namespace Serverless.Functions.Http;

/// <summary>Which part of a list is wanted: a page by its number, or what comes after a cursor.</summary>
internal record PageQuery
{
    /// <summary>
    /// The number of the page; without it and without <c>cursor</c>, the first. Numbered pages shift when items are
    /// added meanwhile. It does not go with <c>cursor</c>.
    /// </summary>
    /// <example>1</example>
    [WholeNumber(1, 1_000_000)]
    public int? Page { get; init; }

    /// <summary>The most items of a page.</summary>
    /// <example>20</example>
    [WholeNumber(1, 100)]
    public int Limit { get; init; } = 20;

    /// <summary>
    /// The <c>nextCursor</c> of the page before, with the same filters: what follows it, however much was added
    /// meanwhile.
    /// </summary>
    /// <example>bGlua3N8MDFrYnEzdjdtMg</example>
    [Cursor]
    public string? Cursor { get; init; }
}

/// <summary>Which part of a list that is not counted is wanted.</summary>
internal record PartQuery
{
    /// <summary>The most items of a part.</summary>
    /// <example>20</example>
    [WholeNumber(1, 100)]
    public int Limit { get; init; } = 20;

    /// <summary>The <c>nextCursor</c> of the part before, with the same filters.</summary>
    /// <example>ZGVtb3wwMW04a3A4NTQwN2MyaDl3NG42cThyM3Q1dg</example>
    [Cursor]
    public string? Cursor { get; init; }
}

/// <summary>The same of a list that can be limited to a time.</summary>
internal record PeriodQuery : PageQuery, ICheckedQuery
{
    /// <summary>
    /// Only what was created then or later: a timestamp (ISO 8601; without an offset, UTC) or a date, which is its
    /// first moment in UTC.
    /// </summary>
    /// <example>2026-11-01</example>
    [Moment]
    public DateTimeOffset? From { get; init; }

    /// <summary>
    /// Only what was created then or earlier: a timestamp or a date, which is that whole day in UTC. Not before
    /// <c>from</c>.
    /// </summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    [LastMoment]
    public DateTimeOffset? To { get; init; }

    /// <inheritdoc/>
    public void Check(QueryInput query) => query.CheckPeriod(From, To);
}
