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
internal sealed class CancelTransfer(
    WidgetAccess access,
    OperationStore operations,
    OperationIndex index,
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 4 * 1024;

    [Function(nameof(CancelTransfer))]
    [Accepts(typeof(CancelTransferRequest))]
    [Answers(200, typeof(CancelledTransfer))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/cancel")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<CancelTransferRequest>(body.Input);
        var entry = await access.RequireAsync(http, linkId, ct, afterCompletion: true);
        if (entry.Visit is not { Link.Id: var link })
            return Answer.Error(entry.Refusal!);
        if (body.Error is { } error)
            return Answer.Error(error);
        // The session is only valid for this link, so another link's operation is not found.
        if (!OperationId.TryParse(request.OperationId, out var id) || id.Partner != link.Partner)
            return Answer.Error(ApiError.NotFound);

        var now = time.Now();
        var result = await operations.ChangeAsync(
            id,
            now,
            (person, operation, of) =>
                of.Id == link ? CancelOperation.Execute(person, operation, of, request.Reason, now) : null,
            ct
        );
        if (result is { Changed: true, Operation: var cancelled })
            await index.CancelAsync(cancelled, ct);
        return result switch
        {
            { Operation: { Status: OperationStatus.Cancelled } operation } when operation.Link == link => Answer.Ok(
                new CancelledTransfer
                {
                    OperationId = id.Value,
                    Status = operation.Status,
                    CancelledAt = operation.CancelledAt!.Value,
                    Reason = operation.CancelReason,
                }
            ),
            { Operation: var operation } when operation.Link == link => Answer.Error(ApiError.OperationNotCancellable),
            _ => Answer.Error(ApiError.NotFound),
        };
    }
}

/// <summary>A request to cancel a transfer.</summary>
internal sealed record CancelTransferRequest
{
    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    [Text(1, 100, Required = true)]
    public string OperationId { get; init; } = "";

    /// <summary>Why: at most 500 characters.</summary>
    /// <example>Wrong account.</example>
    [Text(1, 500)]
    public string? Reason { get; init; }
}

/// <summary>A transfer that was cancelled, now or before.</summary>
internal sealed record CancelledTransfer
{
    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public required string OperationId { get; init; }

    /// <summary>Always <c>cancelled</c>.</summary>
    /// <example>cancelled</example>
    public required OperationStatus Status { get; init; }

    /// <summary>When it was cancelled.</summary>
    /// <example>2026-11-29T14:06:50.000Z</example>
    public required DateTimeOffset CancelledAt { get; init; }

    /// <summary>Why, as the person gave it. Absent where none was given.</summary>
    /// <example>Wrong account.</example>
    public string? Reason { get; init; }
}
