using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Links;
using Serverless.Functions.Operations;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary><c>POST /widget/links/{linkId}/quote</c>: quotes the amounts for a sum, valid for ten minutes.</summary>
internal sealed class QuoteTransfer(
    WidgetAccess access,
    PersonStore persons,
    TransferTerms terms,
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 4 * 1024;

    [Function(nameof(QuoteTransfer))]
    [Accepts(typeof(QuoteRequest))]
    [Answers(201, typeof(QuoteView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "widget/links/{linkId}/quote")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<QuoteRequest>(body.Input);
        var entry = await access.RequireAsync(http, linkId, ct, also: MakeTransfer.Rows);
        if (entry.Visit is not { Link: var link } visit)
            return Answer.Error(entry.Refusal!);
        if (body.Error is { } error)
            return Answer.Error(error);

        var now = time.Now();
        var quote = Quote.New(link.Id, terms.For(request.Send), now);
        var refusal = await persons.ChangeAsync(
            link.Owner,
            [.. MakeTransfer.Rows(link.Id)],
            person =>
            {
                if (person.Link(link.Id) is not { } current || current.Flow == StartKycSession.Flow)
                    return Task.FromResult<ApiError?>(ApiError.NotFound);
                if (WidgetAccess.Refusal(current, now) is { } closed)
                    return Task.FromResult<ApiError?>(closed);
                person.Put(LinkQuotes.Of(person, link.Id).With(quote), now);
                return Task.FromResult<ApiError?>(null);
            },
            ct,
            visit.Person
        );
        return refusal is null
            ? Answer.Created(
                new QuoteView
                {
                    QuoteId = quote.Id,
                    Amount = quote.Amount,
                    ExpiresAt = quote.ExpiresAt,
                }
            )
            : Answer.Error(refusal);
    }
}

/// <summary>A request for a quote.</summary>
internal sealed record QuoteRequest
{
    /// <summary>What is to be sent, in US dollars with at most two decimals.</summary>
    /// <example>100</example>
    [Money(TransferTerms.MinSend, TransferTerms.MaxSend, Required = true)]
    public decimal Send { get; init; }
}

/// <summary>An offer: the amounts hold until it expires.</summary>
internal sealed record QuoteView
{
    /// <summary>The offer, to confirm it by.</summary>
    /// <example>quote_demo_01m8ksz5q06r0m3f9tq2d8v5jb</example>
    public required string QuoteId { get; init; }

    /// <summary>What is sent, what arrives, and what it costs.</summary>
    public required TransferAmount Amount { get; init; }

    /// <summary>Until when it can be confirmed: ten minutes.</summary>
    /// <example>2026-11-29T14:15:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }
}
