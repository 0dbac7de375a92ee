using Serverless.Functions.Links;
using Serverless.Functions.Operations;
using Serverless.Functions.Users;

namespace Serverless.Campaign;

/// <summary>What was acknowledged.</summary>
internal static class Acknowledged
{
    public static IEnumerable<(string, string)> Links(Look look)
    {
        foreach (var link in look.Model.Links)
        {
            if (!look.Now.Links.TryGetValue(link.Id, out var stored))
            {
                yield return ($"the link {link.Id} of {link.Person.Partition}", "none");
                continue;
            }
            if (
                stored.Owner.Partition != link.Person.Partition
                || stored.Url != link.Url
                || stored.ExpiresAt != link.ExpiresAt
            )
                yield return (
                    $"{link.Id} at {link.Url} until {link.ExpiresAt:O}",
                    $"{stored.Url} until {stored.ExpiresAt:O}"
                );
            if (link.Opened && stored.OpenedAt is null)
                yield return ($"{link.Id} is opened", $"{stored.Stored}");
            if (link.Revoked && stored.Stored != LinkStatus.Revoked)
                yield return ($"{link.Id} is revoked", $"{stored.Stored}");
            if (
                link.OperationId is not null
                && (stored.Stored != LinkStatus.Completed || stored.OperationId != link.OperationId)
            )
                yield return ($"{link.Id} is completed by {link.OperationId}", $"{stored.Stored} {stored.OperationId}");
            if (link.Ticket is { } ticket && look.Now.Tickets.All(known => known.Id.Value != ticket))
                yield return ($"the ticket {ticket} of {link.Id}", "none");
            if (
                link.AnsweredAt is not null
                && look.Now.Requests.FirstOrDefault(request => request.Id.Value == link.RequestId)
                    is not { Stored: Functions.DataRequests.DataRequestStatus.Fulfilled }
            )
                yield return ($"{link.RequestId} is fulfilled", "it is not");
        }
    }

    public static IEnumerable<(string, string)> NoOtherLinks(Look look)
    {
        foreach (var person in look.Model.Persons)
        {
            var stored = look.Now.Links.Values.Count(link => link.Owner.Partition == person.Partition);
            if (stored > person.Links.Count + person.OpenCreations)
                yield return ($"{person.Partition} has {person.Links.Count} links", $"{stored}");
        }
    }

    /// <summary>Every value that was taken is in its field's history, whether it won or not, and the field is held.</summary>
    public static IEnumerable<(string, string)> Data(Look look)
    {
        var history = look.Now.Rows<FieldHistory>().ToLookup(row => (row.Field.Owner.Partition, row.Field.Path));
        foreach (var person in look.Model.Persons.Where(person => person.Erased == Truth.No))
        foreach (var (path, count) in person.Arrived)
        {
            var kept = history[(person.Partition, path)].ToList();
            // Absent values and those that repeat the one before are no news.
            var distinct = path is "name.secondName" or "idType" or "dob" ? 1 : count;
            if (kept.Count < distinct)
                yield return ($"{count} values of {path} of {person.Partition}", $"{kept.Count}");
            if (kept.All(row => !row.Applied))
                yield return ($"{path} of {person.Partition} is held", "no value was applied");
        }
    }

    public static IEnumerable<(string, string)> Operations(Look look)
    {
        foreach (var link in look.Model.Links.Where(link => link.OperationId is not null))
        {
            if (!look.Now.Operations.TryGetValue(link.OperationId!, out var stored))
            {
                yield return ($"the transfer {link.OperationId}", "none");
                continue;
            }
            if (stored.Amount.Send != link.Send && stored.QuoteId == link.QuoteId)
                yield return ($"{stored.Id} sends {link.Send}", $"{stored.Amount.Send}");
            if (link.Cancelled == Truth.Yes && stored.Status != OperationStatus.Cancelled)
                yield return ($"{stored.Id} is cancelled", $"{stored.Status}");
            if (!OperationTransitions.IsFinal(stored.Status))
            {
                if (look.IsEnd || stored.CreatedAt < look.Time.AddHours(-12))
                    yield return ($"{stored.Id} has ended", $"{stored.Status} since {stored.CreatedAt:u}");
            }
            else if (stored.Status == OperationStatus.Cancelled)
            {
                if (link.Cancelled == Truth.No && link.Person.Erased == Truth.No)
                    yield return ($"{stored.Id} is paid", "cancelled by nobody");
            }
            else if (stored.Status == OperationStatus.Failed != (stored.Amount.Send % 1 == 0.13m))
                yield return ($"{stored.Id} of {stored.Amount.Send} ends by its cents", $"{stored.Status}");
        }
        foreach (
            var double_ in look
                .Now.Operations.Values.GroupBy(operation => operation.Link)
                .Where(same => same.Count() > 1)
        )
            yield return ($"one transfer of {double_.Key}", $"{double_.Count()}");
    }

    public static IEnumerable<(string, string)> Identities(Look look)
    {
        foreach (var person in look.Model.Persons)
        {
            if (person.Identity == Truth.Yes && !look.Now.Users.ContainsKey(person.Partition))
                yield return ($"the identity {person.Partition}", "none");
            if (person.Erased == Truth.Yes && look.Now.Users.GetValueOrDefault(person.Partition)?.ErasedAt is null)
                yield return ($"{person.Partition} is erased", "it is not");
        }
        foreach (var ((person, email), found) in look.Lookups)
        {
            if (person.Partner.HasUndone || person.Erased != Truth.No)
                continue;
            var expected = look.Now.RootOf(person.Partition);
            var root = found is null ? null : look.Now.RootOf($"{person.Partner.Id}|{found}");
            if (root != expected)
                yield return ($"an address of {person.Partition} leads to the account of {expected}", root ?? "nobody");
        }
    }

    public static IEnumerable<(string, string)> Blocks(Look look)
    {
        foreach (
            var person in look.Model.Persons.Where(person => person.Blocked == Truth.Yes && person.Erased == Truth.No)
        )
        {
            var root = look.Now.RootOf(person.Partition);
            if (look.Now.Accounts.GetValueOrDefault(root)?.Blocked != true)
                yield return ($"{person.Partition} is blocked", $"its root {root} is not");
        }
    }

    public static IEnumerable<(string, string)> Keys(Look look)
    {
        foreach (var (key, works) in look.Keys)
            if (key.Revoked != Truth.Maybe && works == (key.Revoked == Truth.Yes))
                yield return (
                    $"the key {key.Id} is {(works ? "revoked" : "good")}",
                    works ? "it works" : "it is refused"
                );
    }
}
