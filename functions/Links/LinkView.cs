using System.Text.Json;

namespace Serverless.Functions.Links;

/// <summary>A link in answers: as an item of the list, and in full.</summary>
internal sealed record LinkView
{
    public required string LinkId { get; init; }
    public required string ReferenceId { get; init; }
    public required LinkStatus Status { get; init; }
    public required string Url { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? OpenedAt { get; init; }
    public string? UserId { get; init; }
    public string? OperationId { get; init; }
    public UserDataView? UserData { get; init; }

    // Only in the detail.
    public JsonElement? Metadata { get; init; }
    public string? Flow { get; init; }
    public string? Theme { get; init; }
    public string? Language { get; init; }
    public string? CallbackUrl { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
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

/// <summary>What is shown of the person: the name.</summary>
internal sealed record UserDataView(IReadOnlyDictionary<string, string> Name)
{
    public static UserDataView? Of(IReadOnlyDictionary<string, string> names) =>
        names.Count == 0 ? null : new UserDataView(names);
}
