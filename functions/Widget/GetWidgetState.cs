using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Widget;

/// <summary><c>GET /widget/links/{linkId}/state</c>: the state to show; the page polls it while it waits.</summary>
internal sealed class GetWidgetState(WidgetAccess access, WidgetState state)
{
    [Function(nameof(GetWidgetState))]
    [Answers(200, typeof(WidgetView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/links/{linkId}/state")]
            HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var entry = await access.RequireAsync(http, linkId, ct, afterCompletion: true, WidgetState.Rows);
        return entry.Visit is { } visit ? Answer.Ok(await state.ShowAsync(visit, ct)) : Answer.Error(entry.Refusal!);
    }
}
