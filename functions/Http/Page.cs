namespace Serverless.Functions.Http;

/// <summary>One page of a list.</summary>
internal sealed record Page<T>
{
    /// <summary>The items of this page, in the list's order. Empty where nothing matches.</summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>Where this page stands in the list, and how to get the next one.</summary>
    public required Pagination Pagination { get; init; }
}

/// <summary>A part of a list that is not counted: it goes on where the part before ended.</summary>
internal sealed record Part<T>
{
    /// <summary>
    /// The items of this part, in the list's order. There may be fewer than <c>limit</c> although more follow.
    /// </summary>
    public required IReadOnlyList<T> Items { get; init; }

    /// <summary>
    /// Where the list goes on: send it as <c>cursor</c>, with the same filters. Absent at the end of the list.
    /// </summary>
    /// <example>ZGVtb3wwMW04a3A4NTQwN2MyaDl3NG42cThyM3Q1dg</example>
    public string? NextCursor { get; init; }
}

/// <summary>Where a page stands in its list.</summary>
internal sealed record Pagination
{
    /// <summary>The number of this page, from 1. With a <c>cursor</c> it is always 1.</summary>
    /// <example>1</example>
    public required int Page { get; init; }

    /// <summary>The most items of a page, as asked for: 1 to 100, 20 where nothing was asked for.</summary>
    /// <example>20</example>
    public required int Limit { get; init; }

    /// <summary>
    /// How many items match in all; with a <c>cursor</c>, how many come after it. Counting stops at 50,000 beyond this
    /// page.
    /// </summary>
    /// <example>42</example>
    public required int Total { get; init; }

    /// <summary>How many pages <c>total</c> makes.</summary>
    /// <example>3</example>
    public required int TotalPages { get; init; }

    /// <summary>
    /// Send it as <c>cursor</c> to get the page after this one: pages do not shift when items are added meanwhile, as
    /// numbered ones do. Absent on the last page.
    /// </summary>
    /// <example>AbC-123_def</example>
    public string? NextCursor { get; init; }
}
