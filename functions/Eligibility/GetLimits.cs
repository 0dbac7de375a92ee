using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Eligibility;

/// <summary>
/// <c>POST /eapi/v0/identities/transactions/limits</c>: how much a known identity can still transfer by this method,
/// in the request's currency. Except for the amount, it refuses for the same reasons as the eligibility function.
/// </summary>
internal sealed class GetLimits(
    Applicants applicants,
    EligibilityRules rules,
    TransactionRules transactions,
    TimeProvider time
)
{
    [Function(nameof(GetLimits))]
    [Answers(200, typeof(LimitsView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/transactions/limits")]
            HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var now = time.Now();
        var body = IdentityInput.Read(http);
        var asked = TransactionInput.ReadReference(body.Input);
        var transaction = TransactionInput.Read(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var partner = http.Partner();
        if (await applicants.FindAsync(new PersonKey(partner.Id, asked!.Reference), ct) is not { } applicant)
            return IdentityAnswer.Error(IdentityError.NotFound);
        if (transactions.Refusal(applicant, transaction, partner.Settings.Fiats, now) is { } refusal)
            return IdentityAnswer.Error(refusal);
        return IdentityAnswer.Ok(
            LimitsView.Of(
                new Assessment(rules, applicant, transaction.Method, now),
                transaction.Fiat,
                rules.Fiats[transaction.Fiat]
            )
        );
    }
}
