using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Cip;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>POST /widget/links/{linkId}/cip</c>: the person asks to be verified. Answers like <see cref="CreateTicket"/>.
/// </summary>
internal sealed class StartCipInWidget(StartCip start, WidgetAccess access, TimeProvider time)
{
    [Function(nameof(StartCipInWidget))]
    [Answers(201, typeof(StartedTicket), When = "A verification was started.")]
    [Answers(200, typeof(StartedTicket), When = "One runs already: this is it.")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/cip")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var entry = await access.RequireAsync(http, linkId, ct);
        if (entry.Visit is not { Link.Id: var link, Person: var person })
            return Answer.Error(entry.Refusal!);
        return CreateTicket.Show(
            await start.ExecuteAsync(
                link,
                TicketId.New(link.Partner, time.Now()),
                (current, now) => WidgetAccess.Refusal(current, now),
                ct,
                person
            )
        );
    }
}
