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
    [Function("SuspendPartner")]
    public Task<IResult> Suspend(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/suspend")] HttpRequest http,
        string id
    ) => SetAsync(id, suspended: true, http.HttpContext.RequestAborted);

    [Function("ResumePartner")]
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
        return Answer.Ok(new { partnerId = partnerId.Value, status = suspended ? "suspended" : "active" });
    }
}
