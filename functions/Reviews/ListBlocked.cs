using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Users;

namespace Serverless.Functions.Reviews;

/// <summary><c>GET /operator/blocked</c>.</summary>
internal sealed class ListBlocked(ReviewIndex index, RequestReader requests)
{
    /// <summary>List blocked accounts</summary>
    /// <remarks>
    /// The accounts that are blocked, those first that are it longest. Take a block away by
    /// <c>POST /operator/partners/{id}/identities/{reference}/unblock</c>.
    /// </remarks>
    [Function(nameof(ListBlocked))]
    [Takes(typeof(ListBlockedQuery))]
    [Answers(200, typeof(Page<BlockedItem>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/blocked")] HttpRequest http
    )
    {
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListBlockedQuery>(query);
        var page = PageRequest.Read(query, asked, "|blocked");
        if (query.Error is { } error)
            return Answer.Error(error);
        var ct = http.HttpContext.RequestAborted;
        var blocked = await index.ListAsync(ReviewIndex.Blocked, asked.PartnerId, ct);
        return Answer.Ok(await ReviewIndex.ShowAsync(page, blocked, person => FindAsync(person, ct), ct));
    }

    /// <summary>Null where the block was taken away meanwhile.</summary>
    private async Task<BlockedItem?> FindAsync(PersonKey key, CancellationToken ct)
    {
        var person = await index.ReadAsync(key, ct);
        if (!OperatorsView.IsBlocked(person))
            return null;
        var block = await index.BlockOfAsync(person.Key, ct);
        var note = block?.SealedNote;
        return new BlockedItem
        {
            PartnerId = person.Key.Partner.Value,
            Reference = person.Key.Reference.Value,
            UserId = person.User.UserId,
            OtherReferences = person.Account.Members,
            KycStatus = person.User.Kyc,
            Since = block?.Id.Time,
            By = block?.By,
            Note =
                note is not null && person.ErasedAt is null
                    ? await person.OpenAsync(note, BlockChange.NotePurpose, ct)
                    : null,
        };
    }
}

/// <summary>Which blocked accounts are wanted.</summary>
internal sealed record ListBlockedQuery : PageQuery
{
    /// <summary>Only accounts of this partner.</summary>
    /// <example>demo</example>
    [PartnerId]
    public PartnerId? PartnerId { get; init; }
}

/// <summary>A blocked account.</summary>
internal sealed record BlockedItem
{
    /// <summary>The partner.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>The partner's own id of the person: of several, the oldest.</summary>
    /// <example>acme-0001</example>
    public required string Reference { get; init; }

    /// <summary>Our id of the person.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>Other references of the same person, which are blocked, too. Empty where there are none.</summary>
    /// <example>["acme-0002"]</example>
    public required IReadOnlyList<string> OtherReferences { get; init; }

    /// <summary>Where the account stands in the identity API.</summary>
    /// <example>VERIFIED</example>
    [JsonConverter(typeof(KycStatusConverter))]
    public required KycStatus KycStatus { get; init; }

    /// <summary>Since when. Absent where the block came with a merge.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public DateTimeOffset? Since { get; init; }

    /// <summary>
    /// Who blocked it: <c>screening</c> where a partner's screening did, an operator's name, or <c>operator</c> where
    /// it gave none. Absent where the block came with a merge.
    /// </summary>
    /// <example>screening</example>
    public string? By { get; init; }

    /// <summary>The note that was left. Absent where there is none, or the person was erased since.</summary>
    /// <example>Reported as stolen</example>
    public string? Note { get; init; }
}
