using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Operations;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>POST /widget/links/{linkId}/confirm</c>: the person accepts a quote, which becomes a transfer. Confirming the
/// same quote again returns the same transfer.
/// </summary>
internal sealed class ConfirmTransfer(WidgetAccess access, MakeTransfer make, RequestReader requests)
{
    private const int MaxBody = 16 * 1024;

    [Function(nameof(ConfirmTransfer))]
    [Accepts(typeof(ConfirmTransferRequest))]
    [Answers(201, typeof(ConfirmedTransfer), When = "The transfer was created.")]
    [Answers(200, typeof(ConfirmedTransfer), When = "The quote was confirmed before: this is its transfer.")]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/confirm")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<ConfirmTransferRequest>(body.Input);
        // A completed link is accepted: this may repeat the confirmation that completed it, whose answer was lost.
        var entry = await access.RequireAsync(http, linkId, ct, afterCompletion: true, MakeTransfer.Rows);
        if (entry.Visit is not { Link.Id: var link, Person: var person })
            return Answer.Error(entry.Refusal!);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await make.ExecuteAsync(
            person,
            link,
            request.QuoteId,
            request.PaymentMethod,
            (current, now) => WidgetAccess.Refusal(current, now),
            ct
        ) switch
        {
            MakeTransferResult.Made { New: true } made => Answer.Created(View(made)),
            MakeTransferResult.Made made => Answer.Ok(View(made)),
            MakeTransferResult.Refused refused => Answer.Error(refused.Error),
            _ => throw new InvalidOperationException("A transfer is made or refused."),
        };
    }

    private static ConfirmedTransfer View(MakeTransferResult.Made made) =>
        new()
        {
            OperationId = made.Operation.Id.Value,
            LinkId = made.Operation.Link.Value,
            Status = made.Operation.Status,
            Amount = made.Operation.Amount,
            Payout = made.Method is { } method ? PayoutView.Of(method) : null,
            CreatedAt = made.Operation.CreatedAt,
            CancellableUntil = made.Operation.CancellableUntil,
        };
}

/// <summary>The acceptance of a quote.</summary>
internal sealed record ConfirmTransferRequest
{
    /// <summary>The quote.</summary>
    /// <example>quote_demo_01m8ksz5q06r0m3f9tq2d8v5jb</example>
    [Text(1, 100, Required = true)]
    public string QuoteId { get; init; } = "";

    /// <summary>How the person is paid. Absent: as is known of them.</summary>
    [PaymentMethod]
    public string? PaymentMethod { get; init; }
}

/// <summary>The transfer that a confirmed quote has become.</summary>
internal sealed record ConfirmedTransfer
{
    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public required string OperationId { get; init; }

    /// <summary>The link, which it has completed.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Where the transfer stands.</summary>
    /// <example>created</example>
    public required OperationStatus Status { get; init; }

    /// <summary>What is sent, what arrives, and what it costs.</summary>
    public required TransferAmount Amount { get; init; }

    /// <summary>How it is paid out. Absent after an erasure.</summary>
    public PayoutView? Payout { get; init; }

    /// <summary>When it was made.</summary>
    /// <example>2026-11-29T14:06:30.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when it can be cancelled.</summary>
    /// <example>2026-11-29T14:07:00.000Z</example>
    public required DateTimeOffset CancellableUntil { get; init; }
}
