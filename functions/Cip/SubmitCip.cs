using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Cip;

/// <summary>
/// Activity: submits a ticket's check. It reads the person's data itself, to keep it out of the orchestration history.
/// </summary>
internal sealed class SubmitCip(PersonStore persons, LinkIndex index, ICipProvider provider, TimeProvider time)
{
    public const string Name = nameof(SubmitCip);

    [Function(Name)]
    public async Task RunAsync([ActivityTrigger] TicketTimer timer, CancellationToken ct)
    {
        var owner = await index.RequireOwnerAsync(timer.Link(), ct);
        string[] rows = [CipTicket.RowKeyOf(timer.Ticket())];
        await persons.ChangeAsync(owner, rows, person => SubmitAsync(person, timer, ct), ct);
    }

    private async Task<bool> SubmitAsync(Person person, TicketTimer timer, CancellationToken ct)
    {
        if (
            person.ErasedAt is not null
            || person.Ticket(timer.Ticket()) is not { Stored: TicketStatus.Pending, ProviderReference: null } ticket
        )
            return false;
        var fields = new Dictionary<string, string>();
        foreach (var path in UserData.CipFields)
            fields[path] =
                await person.ReadAsync(path, ct)
                ?? throw new InvalidOperationException($"A ticket was made without '{path}'.");
        var reference = await provider.SubmitAsync(ticket.Id, new CipSubject(fields), ct);
        person.Put((ticket with { ProviderReference = reference }), time.Now());
        return true;
    }
}
