using System.Text.Json;
using Serverless.Functions.Events;
using Serverless.Functions.Links;

namespace Serverless.Functions.DataRequests;

/// <summary>The member <c>data</c> of the data request events.</summary>
internal static class DataRequestEvents
{
    public static DataRequestData Asked(DataRequest request, Link link, string baseUrl) =>
        new()
        {
            DataRequestId = request.Id.Value,
            ReferenceId = request.Owner.Reference.Value,
            LinkId = link.Id.Value,
            RequiredFields = request.RequiredFields,
            ReplyEndpoint = $"{baseUrl}/partner/data-requests/{request.Id}",
            ExpiresAt = request.ExpiresAt,
            Metadata = link.MetadataJson,
        };

    public static DataRequestClosedData Closed(DataRequest request, Link link) =>
        new()
        {
            DataRequestId = request.Id.Value,
            ReferenceId = request.Owner.Reference.Value,
            LinkId = link.Id.Value,
            Status = request.Stored,
            FulfilledAt = request.FulfilledAt,
            Metadata = link.MetadataJson,
        };
}

/// <summary>
/// You are asked for data that is missing to verify a person. Nobody waits for your answer for long: what you do not
/// send, the page asks the person for.
/// </summary>
[EventData(PartnerEvents.DataRequest)]
internal sealed record DataRequestData
{
    /// <summary>The data request. A link has at most one.</summary>
    /// <example>dr_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string DataRequestId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Paths of what you are asked for, as in <c>userData</c>: <c>name.firstName</c>, <c>dob</c>, …</summary>
    public required IReadOnlyList<string> RequiredFields { get; init; }

    /// <summary>
    /// Where to <c>PUT</c> your answer, with your API key. An answer in the response to this webhook does as well.
    /// </summary>
    /// <example>https://links.example.com/partner/data-requests/dr_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string ReplyEndpoint { get; init; }

    /// <summary>Until when you can answer: the expiry of the link.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}

/// <summary>
/// A data request has ended: you answered it (<c>fulfilled</c>), or the link expired first (<c>expired</c>).
/// </summary>
[EventData(PartnerEvents.DataRequestFulfilled)]
[EventData(PartnerEvents.DataRequestExpired)]
internal sealed record DataRequestClosedData
{
    /// <summary>The data request. A link has at most one.</summary>
    /// <example>dr_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string DataRequestId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary><c>fulfilled</c> or <c>expired</c>.</summary>
    /// <example>fulfilled</example>
    public required DataRequestStatus Status { get; init; }

    /// <summary>When you first answered. Absent where you never did.</summary>
    /// <example>2026-11-29T14:01:00.000Z</example>
    public DateTimeOffset? FulfilledAt { get; init; }

    /// <summary>The link's metadata, as you gave it. Absent where you gave none, and after an erasure.</summary>
    public JsonElement? Metadata { get; init; }
}
