using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Partners;

/// <summary><c>GET /operator/partners</c>.</summary>
internal sealed class ListPartners(PartnerStore store, RequestReader requests)
{
    /// <summary>List partners</summary>
    /// <remarks>All partners by their id, with where they stand and how their endpoint fares.</remarks>
    [Function(nameof(ListPartners))]
    [Takes(typeof(ListPartnersQuery))]
    [Answers(200, typeof(Page<ListedPartner>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "operator/partners")] HttpRequest http
    )
    {
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListPartnersQuery>(query);
        var page = PageRequest.Read(query, asked, "|partners");
        if (query.Error is { } error)
            return Answer.Error(error);
        var ct = http.HttpContext.RequestAborted;
        var found = store
            .ReadAllAsync(page.After, ct)
            .Where(partner => asked.Status is null || partner.Status == asked.Status);
        var (partners, pagination) = await page.TakeAsync(found, partner => partner.Id.Value, ct, descending: false);
        return Answer.Ok(
            new Page<ListedPartner> { Items = [.. partners.Select(ListedPartner.Of)], Pagination = pagination }
        );
    }
}

/// <summary>Which partners are wanted.</summary>
internal sealed record ListPartnersQuery : PageQuery
{
    /// <summary>Only those that stand so.</summary>
    /// <example>suspended</example>
    [OneOf<PartnerStatus>]
    public PartnerStatus? Status { get; init; }
}

/// <summary>A partner in a list.</summary>
internal sealed record ListedPartner
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>Its name, as people see it.</summary>
    /// <example>Demo Remesas</example>
    public required string Name { get; init; }

    /// <summary>
    /// <c>suspended</c>: every call with one of its keys is refused with 403. Links that exist run on, and webhooks are
    /// still delivered.
    /// </summary>
    /// <example>active</example>
    public required PartnerStatus Status { get; init; }

    /// <summary>When it was created.</summary>
    /// <example>2026-11-02T09:30:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Where its webhooks go. Absent: nowhere, but for links with a <c>callbackUrl</c>.</summary>
    /// <example>https://partner.example.com/hook</example>
    public string? WebhookUrl { get; init; }

    /// <summary>How its webhook endpoint fares.</summary>
    public required EndpointStatus EndpointStatus { get; init; }

    public static ListedPartner Of(Partner partner) =>
        new()
        {
            PartnerId = partner.Id.Value,
            Name = partner.Name,
            Status = partner.Status,
            CreatedAt = partner.CreatedAt,
            WebhookUrl = partner.Endpoint.Url,
            EndpointStatus = partner.Endpoint.Status,
        };
}
