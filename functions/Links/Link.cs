using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Links;

/// <summary>The device that a link was first opened on, as its browser describes itself.</summary>
internal sealed record DeviceInfo(string UserAgent, string Platform, string Language)
{
    /// <summary>The header <c>User-Agent</c>: at most 512 characters, empty where none was sent.</summary>
    /// <example>Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)</example>
    public string UserAgent { get; init; } = UserAgent;

    /// <summary>
    /// The operating system: <c>iOS</c>, <c>Android</c>, <c>Windows</c>, <c>ChromeOS</c>, <c>macOS</c>, <c>Linux</c> or
    /// <c>unknown</c>.
    /// </summary>
    /// <example>iOS</example>
    public string Platform { get; init; } = Platform;

    /// <summary>The language that the browser prefers, as a BCP 47 tag; <c>und</c> where it names none.</summary>
    /// <example>es-MX</example>
    public string Language { get; init; } = Language;
}

/// <summary>A link as it is stored in its person's partition.</summary>
internal sealed record Link : IRow<Link>
{
    public static RowKind Kind { get; } =
        RowKind.Many("link|link_", PersonalPart.Columns("Metadata", "Device", "RevokeReason")) with
        {
            IsTraced = true,
        };

    public required PersonKey Owner { get; init; }
    public required LinkId Id { get; init; }

    /// <summary>The status as last written; <see cref="StatusAt"/> gives the effective one.</summary>
    public required LinkStatus Stored { get; init; }

    public required string Url { get; init; }
    public required string Flow { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>SHA-256 of the token that was shown at creation.</summary>
    public required string TokenHash { get; init; }

    public required string UserId { get; init; }
    public string? Theme { get; init; }
    public string? Language { get; init; }
    public string? CallbackUrl { get; init; }

    /// <summary>JSON object, as validated.</summary>
    public string? Metadata { get; init; }

    public DateTimeOffset? OpenedAt { get; init; }

    /// <summary>When the person reached the step that needs the data.</summary>
    public DateTimeOffset? InProgressAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? ExpiredAt { get; init; }
    public string? RevokeReason { get; init; }

    /// <summary>The transfer that completed it.</summary>
    public string? OperationId { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }

    public DeviceInfo? Device { get; init; }
    public ETag ETag { get; init; }

    /// <summary>Metadata as JSON to put into an answer; null when the link has none.</summary>
    public JsonElement? MetadataJson => Metadata is null ? null : JsonElement.Parse(Metadata);

    /// <summary>
    /// The effective status: a link past its expiry is expired even if its row says otherwise, because the timer may
    /// be late.
    /// </summary>
    public LinkStatus StatusAt(DateTimeOffset now) =>
        !LinkTransitions.IsFinal(Stored) && now >= ExpiresAt ? LinkStatus.Expired : Stored;

    /// <summary>The link's data in an event.</summary>
    public EventLink ForEvent => new(Id.Value, ExpiresAt, CallbackUrl, MetadataJson);

    public static string RowKeyOf(LinkId id) => $"link|{id}";

    /// <summary>The link in a row key of this kind.</summary>
    public static LinkId IdIn(string rowKey) => LinkId.FromStorage(rowKey["link|".Length..]);

    public static Link FromRow(TableEntity row) =>
        new()
        {
            Owner = PersonKey.FromPartition(row.PartitionKey),
            Id = IdIn(row.RowKey),
            Stored = Enum.Parse<LinkStatus>(row.Text("Status")),
            Url = row.Text("Url"),
            Flow = row.Text("Flow"),
            CreatedAt = row.Time("CreatedAt"),
            ExpiresAt = row.Time("ExpiresAt"),
            TokenHash = row.Text("TokenHash"),
            UserId = row.Text("UserId"),
            Theme = row.GetString("Theme"),
            Language = row.GetString("Language"),
            CallbackUrl = row.GetString("CallbackUrl"),
            Metadata = row.GetString("Metadata"),
            OpenedAt = row.GetDateTimeOffset("OpenedAt"),
            InProgressAt = row.GetDateTimeOffset("InProgressAt"),
            RevokedAt = row.GetDateTimeOffset("RevokedAt"),
            ExpiredAt = row.GetDateTimeOffset("ExpiredAt"),
            RevokeReason = row.GetString("RevokeReason"),
            OperationId = row.GetString("OperationId"),
            CompletedAt = row.GetDateTimeOffset("CompletedAt"),
            Device = row.GetString("Device") is { } device
                ? JsonSerializer.Deserialize<DeviceInfo>(device, StoredJson.Options)
                : null,
            ETag = row.ETag,
        };

    public TableEntity ToRow() =>
        new(Owner.Partition, RowKeyOf(Id))
        {
            ["Status"] = Stored.ToString(),
            ["Url"] = Url,
            ["Flow"] = Flow,
            ["CreatedAt"] = CreatedAt,
            ["ExpiresAt"] = ExpiresAt,
            ["TokenHash"] = TokenHash,
            ["UserId"] = UserId,
            ["Theme"] = Theme,
            ["Language"] = Language,
            ["CallbackUrl"] = CallbackUrl,
            ["Metadata"] = Metadata,
            ["OpenedAt"] = OpenedAt,
            ["InProgressAt"] = InProgressAt,
            ["RevokedAt"] = RevokedAt,
            ["ExpiredAt"] = ExpiredAt,
            ["RevokeReason"] = RevokeReason,
            ["OperationId"] = OperationId,
            ["CompletedAt"] = CompletedAt,
            ["Device"] = Device is null ? null : JsonSerializer.Serialize(Device, StoredJson.Options),
        };
}
