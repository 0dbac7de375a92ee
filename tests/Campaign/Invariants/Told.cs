using System.Text.Json.Nodes;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Campaign;

/// <summary>What partners hear of.</summary>
internal static class Told
{
    /// <summary>Between the look whether an attempt is still wanted and its arrival, on a busy machine with slow paths.</summary>
    private static readonly TimeSpan OnTheWay = TimeSpan.FromSeconds(5);

    public static IEnumerable<(string, string)> FollowedUp(Look look) =>
        look
            .Now.Events.Where(row => row.FollowedUpAt is null)
            .Select(row => ($"{row.Name} of {row.Owner.Partition} ({row.Id}) is followed up", "not yet"));

    public static IEnumerable<(string, string)> Queued(Look look)
    {
        foreach (var row in look.Now.Events.Where(IsForPartners))
            if (!look.Now.Deliveries.ContainsKey(row.Id.Text))
                yield return ($"a delivery of {row.Name} ({row.Id}) of {row.Owner.Partition}", "none");
        var events = look.Now.Events.Select(row => row.Id.Text).ToHashSet();
        foreach (var delivery in look.Now.Deliveries.Values.Where(delivery => !events.Contains(delivery.Id.Text)))
            yield return ("an event for each delivery", $"none for {delivery.WebhookId} ({delivery.Event})");
    }

    public static IEnumerable<(string, string)> Ended(Look look)
    {
        foreach (var delivery in look.Now.Deliveries.Values)
            if (delivery.Status == DeliveryStatus.Pending)
                yield return (
                    $"{delivery.WebhookId} ({delivery.Event}) has ended",
                    $"pending, next at {delivery.NextAttemptAt:u}"
                );
            else if (
                delivery.Status == DeliveryStatus.Superseded
                && delivery.Event is not ("kyc" or PartnerEvents.DataRequest)
            )
                yield return ($"{delivery.WebhookId} ({delivery.Event}) is wanted for ever", "superseded");
    }

    public static IEnumerable<(string, string)> Taken(Look look)
    {
        var taken = look
            .World.Receivers.Arrivals.Where(arrival => arrival.Taken)
            .Select(arrival => arrival.Id)
            .ToHashSet();
        return look
            .Now.Deliveries.Values.Where(delivery =>
                delivery.Status == DeliveryStatus.Delivered && !taken.Contains(delivery.WebhookId)
            )
            .Select(delivery => ($"{delivery.WebhookId} ({delivery.Event}) was taken", "no receiver took it"));
    }

    public static IEnumerable<(string, string)> OneBody(Look look)
    {
        var bodies = look.Now.Events.ToDictionary(row => new EventId(row.Id).Value);
        foreach (var webhook in look.World.Receivers.Arrivals.GroupBy(arrival => arrival.Id))
        {
            if (!bodies.TryGetValue(webhook.Key, out var row))
            {
                yield return ("an event for each webhook", $"none for {webhook.Key}: {webhook.First().Body}");
                continue;
            }
            var person = PersonOf(look, row.Owner.Partition);
            // An erasure takes metadata and reasons out of what is sent from then on.
            if (person.Erased != Truth.No)
                continue;
            foreach (var arrival in webhook.Where(arrival => arrival.Body != row.Body))
                yield return ($"{webhook.Key} with the body {row.Body}", arrival.Body);
            if (look.Model.Partners[webhook.First().Partner].Id != row.Partner.Value)
                yield return ($"{webhook.Key} goes to {row.Partner}", $"partner {webhook.First().Partner}");
        }
    }

    public static IEnumerable<(string, string)> StillWanted(Look look)
    {
        var links = look.Model.Links.ToDictionary(link => link.Id);
        foreach (var arrival in look.World.Receivers.Arrivals)
        {
            var data = JsonNode.Parse(arrival.Body)!["data"];
            if (
                arrival.Event == PartnerEvents.DataRequest
                && links.GetValueOrDefault((string)data!["linkId"]!) is { AnsweredAt: { } answered }
                && arrival.At > answered + OnTheWay
            )
                yield return ("no data request after its answer", $"{arrival.Id} came {arrival.At - answered} later");
            if (
                (string?)data?["referenceId"] is { } reference
                && PersonOf(look, $"{look.Model.Partners[arrival.Partner].Id}|{reference}")
                    is { Erased: Truth.Yes } person
                && arrival.At > person.ErasedAt + OnTheWay
                && look.World.Markers.In(arrival.Body).FirstOrDefault() is { } marker
            )
                yield return ("nothing of an erased person's", $"{marker.What} in {arrival.Event} {arrival.Id}");
        }
    }

    /// <summary>Each day of what is shown, so only where all of it happened within that time.</summary>
    public static IEnumerable<(string, string)> Counted(Look look)
    {
        if (look.World.Travelled > TimeSpan.FromDays(80))
            yield break;
        foreach (var (partner, shown) in look.Statistics)
        {
            foreach (
                var (member, name) in new[]
                {
                    ("created", PartnerEvents.LinkCreated),
                    ("opened", PartnerEvents.LinkOpened),
                    ("inProgress", PartnerEvents.LinkInProgress),
                    ("completed", PartnerEvents.LinkCompleted),
                    ("expired", PartnerEvents.LinkExpired),
                    ("revoked", PartnerEvents.LinkRevoked),
                }
            )
            {
                var happened = look.Now.Events.Count(row => row.Partner.Value == partner && row.Name == name);
                if ((int)shown["links"]![member]! != happened)
                    yield return ($"{partner} has {happened} links {member}", $"{shown["links"]![member]}");
            }
            var ended = look
                .Now.Deliveries.Values.Where(delivery => delivery.Partner.Value == partner)
                .Sum(delivery => delivery.Cycle);
            var counted = shown["deliveries"]!.AsObject().Sum(count => (int)count.Value!);
            if (counted > ended)
                yield return ($"{partner} has {ended} deliveries that ended at most", $"{counted}");
        }
    }

    public static PersonModel PersonOf(Look look, string partition) =>
        look.Model.Persons.Single(person => person.Partition == partition);

    private static bool IsForPartners(EventRow row) =>
        row.Name == PartnerEvents.Kyc || PartnerEvents.All.Contains(row.Name);
}
