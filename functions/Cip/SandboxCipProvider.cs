using System.Globalization;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Cip;

/// <summary>
/// The sandbox's provider: decides by the last character of <c>idNumber</c>, see
/// /docs/test-values#idnumber-the-last-character-decides. It is stateless: its id of the check holds the decision and
/// when it becomes known, so any instance can answer, also after a restart.
/// </summary>
internal sealed class SandboxCipProvider(TimeProvider time) : ICipProvider
{
    private const string Never = "never";

    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Slow = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Outage = TimeSpan.FromMinutes(1);

    public Task<string> SubmitAsync(TicketId ticket, CipSubject subject, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var last = subject.IdNumber[^1];
        if (last == '6' || (last == '4' && now < ticket.Id.Time + Outage))
            throw new CipProviderDownException("The sandbox's provider plays an outage.");
        var (outcome, delay) = last switch
        {
            '1' => (CipOutcome.Failed, Usual),
            '2' => (CipOutcome.NeedsReview, Usual),
            '3' => (CipOutcome.Verified, Slow),
            _ => (CipOutcome.Verified, Usual),
        };
        // Counted from the ticket's creation, not from now, so that a repeated submission is the same check.
        var due = ticket.Id.Time + (last == '4' ? Outage : TimeSpan.Zero) + delay;
        return Task.FromResult(last == '5' ? Never : $"{outcome}@{due.ToUnixTimeMilliseconds()}");
    }

    public Task<CipOutcome?> FindResultAsync(string reference, CancellationToken ct)
    {
        if (reference == Never)
            return Task.FromResult<CipOutcome?>(null);
        var parts = reference.Split('@');
        var due = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[1], CultureInfo.InvariantCulture));
        return Task.FromResult(time.GetUtcNow() >= due ? Enum.Parse<CipOutcome>(parts[0]) : (CipOutcome?)null);
    }
}
