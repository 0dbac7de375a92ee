using System.Text.Json;

namespace Serverless.Functions.Links;

/// <summary>
/// A link. A list shows what comes before <c>metadata</c>; <c>GET /partner/links/{linkId}</c> shows the rest, too.
/// </summary>
internal sealed record LinkView
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Your own id of the person that it is for.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>
    /// Where the link stands now. After <c>expiresAt</c> it is <c>expired</c>, unless it was completed or revoked
    /// before.
    /// </summary>
    /// <example>opened</example>
    public required LinkStatus Status { get; init; }

    /// <summary>The address for the person to open. Whoever has it can use the link.</summary>
    /// <example>https://links.example.com/widget/link_demo_01m8ksp0r05q8w2t7zk3m9x4vb/m2m-basic</example>
    public required string Url { get; init; }

    /// <summary>When it expires: from then on nobody can use it.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>When you created it.</summary>
    /// <example>2026-11-29T14:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was first opened. Absent until then.</summary>
    /// <example>2026-11-29T14:02:10.000Z</example>
    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>Our id of the person. It is the same in all links of one <c>referenceId</c>.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public string? UserId { get; init; }

    /// <summary>The transfer that completed it. Absent until then.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public string? OperationId { get; init; }

    /// <summary>What is shown of the person. Absent where no name is known, and after an erasure.</summary>
    public UserDataView? UserData { get; init; }

    /// <summary>
    /// Your own metadata, as you gave it. Absent in lists, where you gave none, and after an erasure.
    /// </summary>
    public JsonElement? Metadata { get; init; }

    /// <summary>What the person is led through. Absent in lists.</summary>
    /// <example>m2m-basic</example>
    public string? Flow { get; init; }

    /// <summary>
    /// The look of the page. Absent in lists, and where you named none: then that of your settings applies.
    /// </summary>
    /// <example>dark</example>
    public string? Theme { get; init; }

    /// <summary>
    /// The language of the page, <c>en</c> or <c>es</c>. Absent in lists, and where you named none: then the browser
    /// decides.
    /// </summary>
    /// <example>es</example>
    public string? Language { get; init; }

    /// <summary>
    /// Where this link's webhooks go instead of to your endpoint. Absent in lists, and where you named none.
    /// </summary>
    /// <example>https://partner.example.com/hooks/m2m</example>
    public string? CallbackUrl { get; init; }

    /// <summary>When it was revoked. Absent in lists, and where it was not.</summary>
    /// <example>2026-11-29T14:10:00.000Z</example>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>
    /// Why it was revoked, as you gave it. Absent in lists, where none was given, and after an erasure.
    /// </summary>
    /// <example>The customer called it off.</example>
    public string? RevokeReason { get; init; }

    /// <summary>The item of a list.</summary>
    public static LinkView Item(Link link, DateTimeOffset now, UserDataView? userData) =>
        new()
        {
            LinkId = link.Id.Value,
            ReferenceId = link.Owner.Reference.Value,
            Status = link.StatusAt(now),
            Url = link.Url,
            ExpiresAt = link.ExpiresAt,
            CreatedAt = link.CreatedAt,
            OpenedAt = link.OpenedAt,
            UserId = link.UserId,
            OperationId = link.OperationId,
            UserData = userData,
        };

    /// <summary>The detail of one link.</summary>
    public static LinkView Detail(Link link, DateTimeOffset now, UserDataView? userData) =>
        Item(link, now, userData) with
        {
            Metadata = link.MetadataJson,
            Flow = link.Flow,
            Theme = link.Theme,
            Language = link.Language,
            CallbackUrl = link.CallbackUrl,
            RevokedAt = link.RevokedAt,
            RevokeReason = link.RevokeReason,
        };
}

/// <summary>What is shown of a person with a link: the name alone.</summary>
internal sealed record UserDataView
{
    /// <summary>As far as it is known, from whatever source.</summary>
    public required NameView Name { get; init; }

    public static UserDataView? Of(IReadOnlyDictionary<string, string> names) =>
        names.Count == 0
            ? null
            : new UserDataView
            {
                Name = new NameView
                {
                    FirstName = names.GetValueOrDefault("firstName"),
                    LastName = names.GetValueOrDefault("lastName"),
                    SecondLastName = names.GetValueOrDefault("secondLastName"),
                    SecondName = names.GetValueOrDefault("secondName"),
                },
            };
}

/// <summary>
/// A person's name in clear. A part that is not known is absent; an empty one says that the person has none.
/// </summary>
internal sealed record NameView
{
    /// <summary>First given name.</summary>
    /// <example>Lucía</example>
    public string? FirstName { get; init; }

    /// <summary>First (paternal) surname.</summary>
    /// <example>Ramírez</example>
    public string? LastName { get; init; }

    /// <summary>Second (maternal) surname.</summary>
    /// <example>Ortega</example>
    public string? SecondLastName { get; init; }

    /// <summary>Second given name.</summary>
    /// <example>Elena</example>
    public string? SecondName { get; init; }
}
