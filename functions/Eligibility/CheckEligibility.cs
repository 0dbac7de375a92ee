using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Eligibility;

/// <summary>
/// <c>POST /eapi/v0/identities/transactions/eligibility</c>, also under its older path: what a person must still
/// provide before this transaction. A request by e-mail and country creates nothing and reveals nothing else; an
/// unknown person gets the same answer as a new one.
/// </summary>
internal sealed class CheckEligibility(
    Applicants applicants,
    EligibilityRules rules,
    TransactionRules transactions,
    TimeProvider time
)
{
    [Function("CheckEligibility")]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/transactions/eligibility")]
            HttpRequest http
    ) => CheckAsync(http, http.HttpContext.RequestAborted);

    [Function("CheckEligibilityOlderPath")]
    public Task<IResult> RunOlder(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/identities/transactions/eligibility")]
            HttpRequest http
    ) => CheckAsync(http, http.HttpContext.RequestAborted);

    private async Task<IResult> CheckAsync(HttpRequest http, CancellationToken ct)
    {
        var now = time.Now();
        var body = IdentityInput.Read(http);
        var asked = TransactionInput.ReadAsked(body.Input, DateOnly.FromDateTime(now.UtcDateTime));
        var transaction = TransactionInput.Read(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        var partner = http.Partner();
        var applicant = asked switch
        {
            Asked.ByReference { Reference: var reference } => await applicants.FindAsync(
                new PersonKey(partner.Id, reference),
                ct
            ),
            Asked.ByEmail byEmail => await applicants.FindAsync(partner.Id, byEmail, ct),
            _ => throw new InvalidOperationException("A valid request asks about somebody."),
        };
        if (applicant is null)
            return IdentityAnswer.Error(IdentityError.NotFound);
        if (transactions.Refusal(applicant, transaction, partner.Settings.Fiats, now) is { } refusal)
            return IdentityAnswer.Error(refusal);
        var assessment = new Assessment(rules, applicant, transaction.Method, now);
        if (transactions.Refusal(assessment, transaction) is { } limit)
            return IdentityAnswer.Error(limit);
        var missing = assessment.TierOf(transactions.AmountOf(transaction)).Missing;
        return IdentityAnswer.Accepted(
            new
            {
                paymentReady = missing.Count == 0,
                requirements = missing,
                kycRequirements = missing,
                // A hint for partners: without an e-mail a returning person looks new.
                emailMissing = asked is Asked.ByReference && !applicant.HasEmail ? true : (bool?)null,
            }
        );
    }
}
