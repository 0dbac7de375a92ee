using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>POST /widget/links/{linkId}/step</c> with <c>{"step":"cip"}</c>: the person has reached the step that needs the
/// data. The link is now in progress, and a partner that was asked has the rest of the grace period (the event informs
/// <see cref="DataRequests.DataRequestFlow"/>). A repeated call changes nothing.
/// </summary>
internal sealed class ReachStep(
    WidgetAccess access,
    LinkStore links,
    WidgetState state,
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 4 * 1024;

    [Function(nameof(ReachStep))]
    [Accepts(typeof(ReachStepRequest))]
    [Answers(200, typeof(WidgetView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/step")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var entry = await access.RequireAsync(http, linkId, ct, also: links.RowsOf);
        if (entry.Visit is not { } visit)
            return Answer.Error(entry.Refusal!);
        var body = await JsonInput.ReadAsync(http, MaxBody);
        requests.Read<ReachStepRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        var now = time.Now();
        if (
            await links.ChangeAsync(visit.Person, visit.Link.Id, (person, link) => Begin(person, link, now), ct)
            is not { Link: var reached, Person: var person }
        )
            return Answer.Error(ApiError.NotFound);
        return WidgetAccess.Refusal(reached, now) is { } refusal
            ? Answer.Error(refusal)
            : Answer.Ok(await state.ShowAsync(new WidgetVisit(reached, person), ct));
    }

    /// <summary>Sets an opened link to in progress; null if it is not opened.</summary>
    public static Link? Begin(Person person, Link link, DateTimeOffset now)
    {
        if (!LinkTransitions.Allows(link.StatusAt(now), LinkStatus.InProgress))
            return null;
        var begun = link with { Stored = LinkStatus.InProgress, InProgressAt = now };
        person.Update(begun, now);
        person.Raise(LinkEvents.New(PartnerEvents.LinkInProgress, link, now, LinkEvents.InProgress(begun)));
        return begun;
    }
}

/// <summary>The step that the person has reached.</summary>
internal sealed record ReachStepRequest
{
    /// <summary>Always <c>cip</c>: the step that needs the data.</summary>
    /// <example>cip</example>
    [OneOf("cip", Required = true)]
    public string Step { get; init; } = "";
}
