using Serverless.Functions.Ids;

namespace Serverless.Functions.Cip;

/// <summary>Used where no company verifies identities: every ticket waits for an operator.</summary>
internal sealed class ReviewEveryCip : ICipProvider
{
    public Task<string> SubmitAsync(TicketId ticket, CipSubject subject, CancellationToken ct) =>
        Task.FromResult("review");

    public Task<CipOutcome?> FindResultAsync(string reference, CancellationToken ct) =>
        Task.FromResult<CipOutcome?>(CipOutcome.NeedsReview);
}
