using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Operations;
using Serverless.Functions.Time;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>POST /widget/links/{linkId}/cancel</c>: the person cancels before the payout rail has the transfer. A repeated
/// call gives the same answer.
/// </summary>
internal sealed class CancelTransfer(WidgetAccess access, OperationStore operations, TimeProvider time)
{
    private const int MaxBody = 4 * 1024;

    [Function(nameof(CancelTransfer))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/cancel")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var operationId = body.Input.Text("operationId", required: true);
        var reason = body.Input.Text("reason", max: 500);
        var entry = await access.RequireAsync(http, linkId, ct, afterCompletion: true);
        if (entry.Visit is not { Link.Id: var link })
            return Answer.Error(entry.Refusal!);
        if (body.Error is { } error)
            return Answer.Error(error);
        // The session is only valid for this link, so another link's operation is not found.
        if (!OperationId.TryParse(operationId, out var id) || id.Partner != link.Partner)
            return Answer.Error(ApiError.NotFound);

        var now = time.Now();
        return await operations.ChangeAsync(
            id,
            now,
            (person, operation, of) =>
                of.Id == link ? CancelOperation.Execute(person, operation, of, reason, now) : null,
            ct
        ) switch
        {
            { Operation: { Status: OperationStatus.Cancelled } operation } when operation.Link == link => Answer.Ok(
                new
                {
                    operationId = id.Value,
                    status = operation.Status,
                    cancelledAt = operation.CancelledAt,
                    reason = operation.CancelReason,
                }
            ),
            { Operation: var operation } when operation.Link == link => Answer.Error(ApiError.OperationNotCancellable),
            _ => Answer.Error(ApiError.NotFound),
        };
    }
}
