using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Audit;

/// <summary><c>GET /operator/audit</c>.</summary>
internal sealed class ListAudit(AuditLog log, RequestReader requests)
{
    /// <summary>List what operators did</summary>
    /// <remarks>
    /// Every act of an operator, newest first: each call of this API that is no GET, and each look at the picture of a
    /// document, written down before it is carried out. Entries are kept for ever; the reason of an act on a person
    /// goes with the erasure of that person.
    /// </remarks>
    [Function(nameof(ListAudit))]
    [Takes(typeof(ListAuditQuery))]
    [Answers(200, typeof(Page<AuditEntry>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/audit")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListAuditQuery>(query);
        var page = PageRequest.Read(query, asked, "|audit");
        if (query.Error is { } error)
            return Answer.Error(error);
        var found = log.ReadAsync(asked.From, page.Until(asked.To), FilterOf(asked), ct);
        var (acts, pagination) = await page.TakeAsync(found, act => act.Id.Text, ct);
        var items = new List<AuditEntry>();
        foreach (var act in acts)
            items.Add(AuditEntry.Of(act, await log.ReasonOfAsync(act, ct)));
        return Answer.Ok(new Page<AuditEntry> { Items = items, Pagination = pagination });
    }

    private static string? FilterOf(ListAuditQuery asked)
    {
        var conditions = new List<string>();
        if (asked.PartnerId is { } partner)
            conditions.Add(TableClient.CreateQueryFilter($"Partner eq {partner.Value}"));
        if (asked.Reference is { } reference)
            conditions.Add(TableClient.CreateQueryFilter($"Reference eq {reference.Value}"));
        if (asked.Operator is { } name)
            conditions.Add(TableClient.CreateQueryFilter($"Operator eq {name}"));
        if (asked.Act is { } act)
            conditions.Add(TableClient.CreateQueryFilter($"Act eq {act}"));
        if (asked.Outcome is { } outcome)
            conditions.Add(TableClient.CreateQueryFilter($"Outcome eq {outcome.ToString()}"));
        return conditions.Count == 0 ? null : string.Join(" and ", conditions);
    }
}

/// <summary>Which acts are wanted.</summary>
internal sealed record ListAuditQuery : PeriodQuery
{
    /// <summary>Only acts on this partner, or on its persons.</summary>
    /// <example>demo</example>
    [PartnerId]
    public PartnerId? PartnerId { get; init; }

    /// <summary>Only acts on the person with this reference.</summary>
    /// <example>cust-9001</example>
    [ReferenceId]
    public ReferenceId? Reference { get; init; }

    /// <summary>Only acts of whoever named itself so, exactly.</summary>
    /// <example>ana.perez@example.com</example>
    [OperatorName]
    public string? Operator { get; init; }

    /// <summary>Only acts of this kind: the operation's id in this document.</summary>
    /// <example>suspendPartner</example>
    [Act]
    public string? Act { get; init; }

    /// <summary>Only acts that ended so.</summary>
    /// <example>unknown</example>
    [OneOf<ActOutcome>]
    public ActOutcome? Outcome { get; init; }
}

/// <summary>The id of an operation that is written into the audit.</summary>
internal sealed class ActAttribute()
    : OneOfAttribute([.. FunctionApis.Acts.Values.Select(act => act.OperationId).Order(StringComparer.Ordinal)]);

/// <summary>How an operator names itself.</summary>
internal sealed partial class OperatorNameAttribute() : PatternAttribute(Pattern, Rule)
{
    public const string Rule = "must have 1 to 100 characters, none of them a control character";

    [GeneratedRegex(@"^[^\u0000-\u001f\u007f]{1,100}\z", RegexOptions.CultureInvariant)]
    public static partial Regex Pattern { get; }
}

/// <summary>What an operator did or tried to.</summary>
internal sealed record AuditEntry
{
    /// <summary>The entry's id.</summary>
    /// <example>act_01m8kp85402f4h6k8n1q3s5v7x</example>
    public required string ActId { get; init; }

    /// <summary>When it began.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// Who, as the header <c>X-Operator</c> said, which nobody checks: all operators share the function keys.
    /// <c>unnamed</c> where it was not sent.
    /// </summary>
    /// <example>ana.perez@example.com</example>
    public required string Operator { get; init; }

    /// <summary>What: the operation's id in this document.</summary>
    /// <example>suspendPartner</example>
    public required string Act { get; init; }

    /// <summary>The HTTP method.</summary>
    /// <example>POST</example>
    public required string Method { get; init; }

    /// <summary>The route.</summary>
    /// <example>/operator/partners/{id}/suspend</example>
    public required string Route { get; init; }

    /// <summary>
    /// What stood in the parts of the path, by their names. Long values are cut, and keys after their beginning.
    /// </summary>
    /// <example>{ "id": "demo" }</example>
    public required IReadOnlyDictionary<string, string> Target { get; init; }

    /// <summary>The partner that it is about. Absent where it is about none.</summary>
    /// <example>demo</example>
    public string? PartnerId { get; init; }

    /// <summary>The partner's own id of the person that it is about. Absent where it is about none.</summary>
    /// <example>cust-9001</example>
    public string? Reference { get; init; }

    /// <summary>
    /// Why, as the header <c>X-Reason</c> said. Absent where it was not sent, and where the person was erased since.
    /// </summary>
    /// <example>Asked for by the partner</example>
    public string? Reason { get; init; }

    /// <summary>
    /// <c>succeeded</c>; <c>refused</c>: nothing was changed; <c>failed</c>: something went wrong on our side, and a
    /// part may have been done; <c>unknown</c>: it is under way, or its server died meanwhile or lost the caller. Then
    /// look at what it was about.
    /// </summary>
    /// <example>succeeded</example>
    public required ActOutcome Outcome { get; init; }

    /// <summary>HTTP status of the answer. Absent while the outcome is unknown.</summary>
    /// <example>200</example>
    public int? Status { get; init; }

    /// <summary>The error's code. Absent for a success.</summary>
    /// <example>RESOURCE_NOT_FOUND</example>
    public string? Code { get; init; }

    /// <summary>The request's id, as its answer had it in <c>X-Request-Id</c>.</summary>
    /// <example>4f6f1b1e6a0c4a579a592f5a5f1e8a11</example>
    public required string RequestId { get; init; }

    /// <summary>As it is shown.</summary>
    public static AuditEntry Of(ActRecord act, string? reason) =>
        new()
        {
            ActId = $"act_{act.Id}",
            At = act.Id.Time,
            Operator = act.Operator,
            Act = act.Act,
            Method = act.Method,
            Route = act.Route,
            Target = act.Target,
            PartnerId = act.Partner?.Value,
            Reference = act.Reference?.Value,
            Reason = reason,
            Outcome = act.Outcome,
            Status = act.Status,
            Code = act.Code,
            RequestId = act.RequestId,
        };
}
