using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// <c>POST /operator/partners/{id}/suspend</c> and <c>…/resume</c>. A suspended partner's calls are refused with 403;
/// its timers and webhooks continue.
/// </summary>
internal sealed class SuspendPartner(PartnerStore store, PartnerDirectory directory)
{
    /// <summary>Suspend a partner</summary>
    /// <remarks>
    /// From then on, its calls are refused with 403. What its users have begun goes on, and its webhooks are delivered.
    /// </remarks>
    [Function("SuspendPartner")]
    [Answers(200, typeof(PartnerStatusView))]
    public Task<IResult> Suspend(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/suspend")] HttpRequest http,
        string id
    ) => SetAsync(id, suspended: true, http.HttpContext.RequestAborted);

    /// <summary>Resume a partner</summary>
    /// <remarks>Its calls are served again.</remarks>
    [Function("ResumePartner")]
    [Answers(200, typeof(PartnerStatusView))]
    public Task<IResult> Resume(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/resume")] HttpRequest http,
        string id
    ) => SetAsync(id, suspended: false, http.HttpContext.RequestAborted);

    private async Task<IResult> SetAsync(string id, bool suspended, CancellationToken ct)
    {
        if (
            !PartnerId.TryParse(id, out var partnerId)
            || await store.UpdateAsync(partnerId, partner => partner with { Suspended = suspended }, ct) is null
        )
            return Answer.Error(ApiError.NotFound);
        directory.Forget(partnerId);
        return Answer.Ok(
            new PartnerStatusView
            {
                PartnerId = partnerId.Value,
                Status = suspended ? PartnerStatus.Suspended : PartnerStatus.Active,
            }
        );
    }
}

/// <summary>Whether a partner's calls are served.</summary>
internal sealed record PartnerStatusView
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>
    /// <c>suspended</c>: every call with one of its keys is refused with 403. Links that exist run on, and webhooks are
    /// still delivered.
    /// </summary>
    /// <example>active</example>
    public required PartnerStatus Status { get; init; }
}

/// <summary>Whether a partner's calls are served.</summary>
internal enum PartnerStatus
{
    /// <summary>They are served.</summary>
    Active,

    /// <summary>They are refused with 403.</summary>
    Suspended,
}
