using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;

namespace Serverless.Functions.Eligibility;

/// <summary>What a person must still provide before a transaction.</summary>
internal sealed class CheckEligibility(
    RequestReader requests,
    Applicants applicants,
    EligibilityRules rules,
    TransactionRules transactions,
    TimeProvider time
)
{
    /// <summary>Check eligibility</summary>
    /// <remarks>
    /// What a person must still provide before this transaction: nothing if <c>paymentReady</c> is true. It depends on
    /// the amount, the country and what was transferred before, so ask before each transaction. Ask by
    /// <c>identityReference</c>, or by <c>email</c> and <c>countryOfResidence</c> for somebody who may be new.
    /// <para>
    /// It creates nothing. By e-mail it reveals nothing else: for an unknown person the answer is that for a new one.
    /// What no further data can remove is an error.
    /// </para>
    /// </remarks>
    [Function("CheckEligibility")]
    [Answers(202, typeof(EligibilityAnswer))]
    [Accepts(typeof(CheckEligibilityRequest))]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(
        422,
        IdentityErrorCodes.AccountBlocked,
        IdentityErrorCodes.UnsupportedFiat,
        IdentityErrorCodes.UnsupportedAsset,
        IdentityErrorCodes.RegionRestricted,
        IdentityErrorCodes.AssetNotInRegion,
        IdentityErrorCodes.AgeRestricted,
        IdentityErrorCodes.LimitExceeded
    )]
    public Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/transactions/eligibility")]
            HttpRequest http
    ) => CheckAsync(http, http.HttpContext.RequestAborted);

    /// <summary>Check eligibility (older path)</summary>
    /// <remarks>
    /// The same as <c>POST /eapi/v0/identities/transactions/eligibility</c>, which new clients use.
    /// </remarks>
    [Function("CheckEligibilityOlderPath")]
    [Answers(202, typeof(EligibilityAnswer))]
    [Accepts(typeof(CheckEligibilityRequest))]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(
        422,
        IdentityErrorCodes.AccountBlocked,
        IdentityErrorCodes.UnsupportedFiat,
        IdentityErrorCodes.UnsupportedAsset,
        IdentityErrorCodes.RegionRestricted,
        IdentityErrorCodes.AssetNotInRegion,
        IdentityErrorCodes.AgeRestricted,
        IdentityErrorCodes.LimitExceeded
    )]
    public Task<IResult> RunOlder(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/identities/transactions/eligibility")]
            HttpRequest http
    ) => CheckAsync(http, http.HttpContext.RequestAborted);

    private async Task<IResult> CheckAsync(HttpRequest http, CancellationToken ct)
    {
        var now = time.Now();
        var body = IdentityInput.Read(http);
        var request = requests.Read<CheckEligibilityRequest>(body.Input);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);
        rules.WarnOfMethod(request, body.Input);
        var partner = http.Partner();
        var asked = request.ToAsked();
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
        if (transactions.Refusal(applicant, request, partner.Settings.Fiats, now) is { } refusal)
            return IdentityAnswer.Error(refusal);
        var assessment = new Assessment(rules, applicant, request.Method, now);
        if (transactions.Refusal(assessment, request) is { } limit)
            return IdentityAnswer.Error(limit);
        var missing = assessment.TierOf(transactions.AmountOf(request)).Missing;
        return IdentityAnswer.Accepted(
            new EligibilityAnswer
            {
                PaymentReady = missing.Count == 0,
                Requirements = missing,
                KycRequirements = missing,
                EmailMissing = asked is Asked.ByReference && !applicant.HasEmail ? true : null,
            }
        );
    }
}

/// <summary>Whether a person may make this transaction, and what is still needed for it.</summary>
internal sealed record EligibilityAnswer
{
    /// <summary>
    /// Whether nothing more is needed. It holds for this transaction only: ask again before each one. It does not say
    /// that an identity exists, which a transaction needs.
    /// </summary>
    /// <example>false</example>
    public required bool PaymentReady { get; init; }

    /// <summary>
    /// What is still needed, in a fixed order; empty if nothing is. <c>NAME</c>, <c>ADDRESS</c>, <c>DOB</c>,
    /// <c>TIN</c>, <c>DOCUMENT</c>, <c>SELFIE</c>, <c>PURPOSE_OF_TX</c>, <c>SOURCE_FUNDS</c>, <c>OCCUPATION</c>,
    /// <c>POA</c>: each is a category, not a field.
    /// </summary>
    /// <example>["ADDRESS", "TIN"]</example>
    public required IReadOnlyList<string> Requirements { get; init; }

    /// <summary>The same list once more, under the name that some clients read.</summary>
    /// <example>["ADDRESS", "TIN"]</example>
    public required IReadOnlyList<string> KycRequirements { get; init; }

    /// <summary>
    /// <c>true</c> where the reference has no e-mail address: a person who comes back under another reference then
    /// looks new, and needs all of this again. Absent otherwise.
    /// </summary>
    /// <example>true</example>
    public bool? EmailMissing { get; init; }
}
