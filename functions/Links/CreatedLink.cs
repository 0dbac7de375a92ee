namespace Serverless.Functions.Links;

/// <summary>A new link: send its <c>url</c> to the person.</summary>
internal sealed record CreatedLink
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person, as you gave it.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Always <c>created</c>.</summary>
    /// <example>created</example>
    public required LinkStatus Status { get; init; }

    /// <summary>The address for the person to open. Whoever has it can use the link.</summary>
    /// <example>https://links.example.com/widget/link_demo_01m8ksp0r05q8w2t7zk3m9x4vb/m2m-basic</example>
    public required string Url { get; init; }

    /// <summary>A UUID that belongs to the link. It is shown only here; no route asks for it.</summary>
    /// <example>0f6d1c3e-7b52-4b0e-9a55-1d3f0c2a9b11</example>
    public required string Token { get; init; }

    /// <summary>When it expires: from then on nobody can use it.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When it was created.</summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <param name="link">The link.</param>
    /// <param name="token">In clear; only its hash is stored.</param>
    public static CreatedLink Of(Link link, string token) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            Status = LinkStatus.Created,
            Url = link.Url,
            Token = token,
            ExpiresAt = link.ExpiresAt,
            CreatedAt = link.CreatedAt,
        };
}
