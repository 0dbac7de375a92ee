using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Eligibility;

/// <summary>
/// How much a known identity can still transfer. Except for the amount, it refuses for the same reasons as
/// <see cref="CheckEligibility"/>.
/// </summary>
internal sealed class GetLimits(
    RequestReader requests,
    Applicants applicants,
    EligibilityRules rules,
    TransactionRules transactions,
    TimeProvider time
)
{
    /// <summary>Get limits</summary>
    /// <remarks>
    /// How much a known person can still transfer by this method, in the currency of the request: by transaction, by
    /// period, and by tier with what each still requires. The amount does not matter, but one is given as for
    /// eligibility. What no further data can remove is an error here, too.
    /// </remarks>
    [Function(nameof(GetLimits))]
    [Answers(200, typeof(LimitsView))]
    [Accepts(typeof(GetLimitsRequest))]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(
        422,
        IdentityErrorCodes.AccountBlocked,
        IdentityErrorCodes.UnsupportedFiat,
        IdentityErrorCodes.UnsupportedAsset,
        IdentityErrorCodes.RegionRestricted,
        IdentityErrorCodes.AssetNotInRegion,
        IdentityErrorCodes.AgeRestricted
    )]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/transactions/limits")]
            HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var now = time.Now();
        var body = IdentityInput.Read(http);
        var request = requests.Read<GetLimitsRequest>(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        rules.WarnOfMethod(request, body.Input);
        var partner = http.Partner();
        if (await applicants.FindAsync(new PersonKey(partner.Id, request.IdentityReference), ct) is not { } applicant)
            return IdentityAnswer.Error(IdentityError.NotFound);
        if (transactions.Refusal(applicant, request, partner.Settings.Fiats, now) is { } refusal)
            return IdentityAnswer.Error(refusal);
        return IdentityAnswer.Ok(
            LimitsView.Of(
                new Assessment(rules, applicant, request.Method, now),
                request.Fiat,
                rules.Fiats[request.Fiat]
            )
        );
    }
}
