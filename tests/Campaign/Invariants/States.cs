using System.Text.Json.Nodes;
using Serverless.Functions.Cip;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Operations;
using Serverless.Functions.Users;

namespace Serverless.Campaign;

/// <summary>State machines.</summary>
internal static class States
{
    private static readonly Dictionary<string, LinkStatus> OfLink = new()
    {
        [PartnerEvents.LinkCreated] = LinkStatus.Created,
        [PartnerEvents.LinkOpened] = LinkStatus.Opened,
        [PartnerEvents.LinkInProgress] = LinkStatus.InProgress,
        [PartnerEvents.LinkCompleted] = LinkStatus.Completed,
        [PartnerEvents.LinkExpired] = LinkStatus.Expired,
        [PartnerEvents.LinkRevoked] = LinkStatus.Revoked,
    };

    private static readonly Dictionary<string, OperationStatus> OfOperation = new()
    {
        [PartnerEvents.OperationCreated] = OperationStatus.Created,
        [OperationEvents.ProcessingName] = OperationStatus.Processing,
        [PartnerEvents.OperationCompleted] = OperationStatus.Completed,
        [PartnerEvents.OperationFailed] = OperationStatus.Failed,
        [PartnerEvents.OperationCancelled] = OperationStatus.Cancelled,
    };

    public static IEnumerable<(string, string)> Links(Look look) =>
        Chains(
            look,
            OfLink,
            row => row.LinkId!,
            LinkTransitions.Allows,
            id => look.Now.Links.TryGetValue(id, out var link) ? link.Stored : null
        );

    public static IEnumerable<(string, string)> Operations(Look look) =>
        Chains(
            look,
            OfOperation,
            row => row.SubjectId ?? (string)JsonNode.Parse(row.Body)!["data"]!["operationId"]!,
            OperationTransitions.Allows,
            id => look.Now.Operations.TryGetValue(id, out var operation) ? operation.Status : null
        );

    public static IEnumerable<(string, string)> Persons(Look look)
    {
        foreach (var row in look.Now.Events.Where(row => row.Name == PartnerEvents.UserStatusChanged))
        {
            var data = JsonNode.Parse(row.Body)!["data"]!;
            var (from, to) = (StatusOf(data["previousStatus"]!), StatusOf(data["status"]!));
            if (!UserTransitions.Allows(from, to) && !PartnerOf(look, row.Partner.Value).HasUndone)
                yield return ("a move of the table", $"{row.Owner.Partition} went from {from} to {to}");
        }
    }

    /// <summary>A verification is given a day, a data request the life of its link.</summary>
    public static IEnumerable<(string, string)> Ended(Look look)
    {
        foreach (var ticket in look.Now.Tickets)
            if (
                ticket.Stored == TicketStatus.Pending
                && ticket.CreatedAt < look.Time.AddHours(-26)
                && look.Now.Users[ticket.Owner.Partition].ErasedAt is null
            )
                yield return ($"{ticket.Id} has ended", $"pending since {ticket.CreatedAt:u}, now {look.Time:u}");
        foreach (var request in look.Now.Requests)
        {
            if (request.Stored != DataRequestStatus.Pending)
                continue;
            var link = look.Now.Links.Values.Single(link => DataRequestId.Of(link.Id) == request.Id);
            if (LinkTransitions.IsFinal(link.Stored) && link.Stored != LinkStatus.Completed)
                yield return ($"{request.Id} ends with its link", $"pending, the link {link.Stored}");
            else if (look.Time > request.ExpiresAt.AddMinutes(10))
                yield return ($"{request.Id} ends at {request.ExpiresAt:u}", $"pending at {look.Time:u}");
        }
        foreach (var link in look.Now.Links.Values)
            if (!LinkTransitions.IsFinal(link.Stored) && look.Time > link.ExpiresAt.AddMinutes(10))
                yield return ($"{link.Id} expires at {link.ExpiresAt:u}", $"{link.Stored} at {look.Time:u}");
    }

    public static IEnumerable<(string, string)> Final(Look look)
    {
        var finals = look
            .Now.Links.Values.Where(link => LinkTransitions.IsFinal(link.Stored))
            .Select(link => (link.Id.Value, link.Stored.ToString()))
            .Concat(
                look.Now.Operations.Values.Where(operation => OperationTransitions.IsFinal(operation.Status))
                    .Select(operation => (operation.Id.Value, operation.Status.ToString()))
            )
            .Concat(
                look.Now.Tickets.Where(ticket => ticket.Stored is TicketStatus.Verified or TicketStatus.Failed)
                    .Select(ticket => (ticket.Id.Value, ticket.Stored.ToString()))
            )
            .Concat(
                look.Now.Requests.Where(request => request.Stored != DataRequestStatus.Pending)
                    .Select(request => (request.Id.Value, request.Stored.ToString()))
            )
            .ToDictionary(final => final.Item1, final => final.Item2);
        foreach (var (id, state) in look.Model.Lasting.Where(last => last.Key.Contains('_', StringComparison.Ordinal)))
            if (finals.GetValueOrDefault(id) is var now && now != state)
                yield return ($"{id} stays {state}", now ?? "no longer final");
        foreach (var (id, state) in finals)
            look.Model.Lasting[id] = state;
    }

    /// <summary>Over the whole history: a link begins when the one before has ended.</summary>
    public static IEnumerable<(string, string)> OneActiveLink(Look look)
    {
        foreach (var links in look.Now.Links.Values.GroupBy(link => link.Owner.Partition))
        {
            var ordered = links.OrderBy(link => link.CreatedAt).ToList();
            foreach (var (number, one) in ordered.Index())
            foreach (var other in ordered.Skip(number + 1))
                // Of two apps whose clocks differ either may have been first.
                if (Earlier(EndOf(one), EndOf(other)) - other.CreatedAt > SkewOf(look))
                    yield return (
                        $"{one.Id} and {other.Id} are not active at once",
                        $"from {one.CreatedAt:O} to {EndOf(one):O} ({one.Stored}), from {other.CreatedAt:O} to {EndOf(other):O} ({other.Stored})"
                    );
            foreach (var open in ordered.Where(link => !LinkTransitions.IsFinal(link.StatusAt(look.Time))))
            {
                var pointer = look
                    .Now.Rows<ActiveLink>()
                    .FirstOrDefault(active => active.Owner.Partition == open.Owner.Partition);
                if (pointer?.LinkId != open.Id)
                    yield return ($"the pointer of {open.Owner.Partition} names {open.Id}", $"{pointer?.LinkId}");
            }
        }
    }

    public static IEnumerable<(string, string)> Verified(Look look)
    {
        foreach (var user in look.Now.Users.Values.Where(user => user.ErasedAt is null))
        {
            if (PartnerOf(look, user.Key.Partner.Value).HasUndone)
                continue;
            var key = $"verified {user.Key.Partition}";
            var kyc = look.Now.Users[look.Now.RootOf(user.Key.Partition)].Kyc;
            if (look.Model.Lasting.ContainsKey(key) && user.Status != UserStatus.CipVerified)
                yield return ($"{user.Key.Partition} stays cip_verified", $"{user.Status}");
            // A merge with a rejected account rejects both.
            if (
                look.Model.Lasting.ContainsKey($"kyc {user.Key.Partition}")
                && kyc is not (KycStatus.Verified or KycStatus.Rejected)
            )
                yield return ($"the account of {user.Key.Partition} stays verified", $"{kyc}");
            if (user.Status == UserStatus.CipVerified)
                look.Model.Lasting[key] = "";
            if (kyc == KycStatus.Verified)
                look.Model.Lasting[$"kyc {user.Key.Partition}"] = "";
        }
    }

    public static PartnerModel PartnerOf(Look look, string id) =>
        look.Model.Partners.Single(partner => partner.Id == id);

    private static TimeSpan SkewOf(Look look) =>
        look.World.Apps.Count > 1 ? TimeSpan.FromSeconds(30) : TimeSpan.FromMilliseconds(1);

    private static DateTimeOffset EndOf(Link link) =>
        new[] { link.RevokedAt, link.CompletedAt, link.ExpiredAt, link.ExpiresAt }.OfType<DateTimeOffset>().Min();

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static UserStatus StatusOf(JsonNode name) =>
        Enum.Parse<UserStatus>(((string)name!).Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static IEnumerable<(string, string)> Chains<TStatus>(
        Look look,
        Dictionary<string, TStatus> states,
        Func<EventRow, string> subject,
        Func<TStatus, TStatus, bool> allows,
        Func<string, TStatus?> stored
    )
        where TStatus : struct, Enum
    {
        foreach (var chain in look.Now.Events.Where(row => states.ContainsKey(row.Name)).GroupBy(subject))
        {
            // Apps whose clocks differ may write the second event with an earlier time: the table orders them.
            var moves = chain.Select(row => states[row.Name]).Order().ToList();
            foreach (var (from, to) in moves.Zip(moves.Skip(1)))
                if (!allows(from, to))
                    yield return ("a move of the table", $"{chain.Key} went {string.Join(", ", moves)}");
            if (!moves[0].Equals(default(TStatus)))
                yield return ($"{chain.Key} begins with its creation", string.Join(", ", moves));
            if (stored(chain.Key) is var row && !Equals(row, moves[^1]))
                yield return ($"{chain.Key} is {moves[^1]}, as its events say", row?.ToString() ?? "not there");
        }
    }
}
