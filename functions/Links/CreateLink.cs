using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;
using Serverless.Functions.Time;

namespace Serverless.Functions.Links;

/// <summary>
/// <c>POST /partner/links</c>: 201 with a new link; 409 if the person has an active one
/// (/docs/links#one-active-link). Takes an Idempotency-Key.
/// </summary>
internal sealed class CreateLink(
    RequestReader requests,
    LinkCreation creation,
    IdempotentWork idempotency,
    PublicAddress address,
    TimeProvider time
)
{
    // A picture of 5 MB is 6.7 MB as base64; the rest is small.
    private const int MaxBody = 8 * 1024 * 1024;

    /// <summary>Create a link</summary>
    /// <remarks>
    /// Makes the page on which your user confirms who they are and sends a transfer; send them its <c>url</c>. Whoever
    /// has the URL can use it. A user has one active link at a time: while there is one, this answers 409 with it. Send
    /// an <c>Idempotency-Key</c>, so that a repetition after a broken connection gets the first answer.
    /// </remarks>
    [Function(nameof(CreateLink))]
    [Answers(201, typeof(CreatedLink))]
    [CallLimit("create-link", 100)]
    [Accepts(typeof(CreateLinkRequest))]
    [Refuses(409, ErrorCodes.ActiveLinkExists, ErrorCodes.UserErased)]
    [Idempotent]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/links")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<CreateLinkRequest>(body.Input);
        var key = IdempotentWork.ReadKey(http, body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);

        var partner = http.Partner().Id;
        return await idempotency.RunAsync(
            new IdempotentRequest(http, partner, key, body.Bytes)
            {
                RememberedByCode = [ApiError.UserErased, LinkErrors.SomeActiveLinkExists],
            },
            new WorkPlan(LinkId.New(partner, time.Now()).Value, Guid.NewGuid().ToString()),
            async plan =>
            {
                var planned = new PlannedLink(LinkId.FromStorage(plan.ResourceId), plan.Secret, address.Of(http))
                {
                    IsShared = plan.IsShared,
                    IsRepeated = plan.IsRepeated,
                };
                return await creation.ExecuteAsync(
                    new PersonKey(partner, request.ReferenceId),
                    request,
                    planned,
                    ct
                ) switch
                {
                    LinkCreationResult.Created { Link: var link } => new WorkResult.Planned(
                        Answer.Created(CreatedLink.Of(link, plan.Secret))
                    ),
                    LinkCreationResult.Refused { Error: var refusal } => new WorkResult.Refused(refusal),
                    var other => throw new InvalidOperationException($"Nothing handles {other.GetType().Name}."),
                };
            }
        );
    }
}
