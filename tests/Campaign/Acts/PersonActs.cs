using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>What a person does with its link, and its partner for it.</summary>
internal static class PersonActs
{
    private static readonly decimal[] Cents = [0m, 0.13m, 0.14m, 0.5m];

    /// <summary>The next thing that a person in this state would do.</summary>
    public static Task LiveAsync(Acting act)
    {
        var link = act.Person.LastLink;
        if (link is null || link.IsOver)
            return CreateLinkAsync(act);
        if (link.Session is null)
            return OpenAsync(act, link);
        if (link.OperationId is not null)
            return act.Dice.Next(3) == 0 ? CancelAsync(act, link) : Over(link);
        return act.Dice.Next(6) switch
        {
            0 => AnswerAsync(act, link),
            1 => EnterAsync(act, link),
            2 => VerifyAsync(act, link),
            3 => StepAsync(act, link),
            _ => PayAsync(act, link),
        };
    }

    public static async Task CreateLinkAsync(Acting act)
    {
        var person = act.Person;
        var body = new JsonObject
        {
            ["referenceId"] = person.Reference,
            ["expiresInMinutes"] = act.Dice.Next(2) == 0 ? 10080 : act.Dice.Next(5, 300),
        };
        JsonObject? data = null;
        if (act.Dice.Next(4) is > 0 and var fill)
            body["userData"] = data = Values.UserData(act.World.Markers, person, (Fill)(fill - 1), act.Dice);
        if (act.Dice.Next(2) == 0)
            body["metadata"] = new JsonObject { ["note"] = act.Marker("metadata", Exposure.UntilErased) };
        Interlocked.Increment(ref person.OpenCreations);
        var reply = await act.PartnerAsync(HttpMethod.Post, "/partner/links", body, idempotent: true);
        if (reply is null)
            return;
        Interlocked.Decrement(ref person.OpenCreations);
        if (reply.Ok)
        {
            person.Add(
                new LinkModel(
                    person,
                    (string)reply.Data["linkId"]!,
                    (string)reply.Data["url"]!,
                    DateTimeOffset.Parse((string)reply.Data["expiresAt"]!, null)
                )
            );
            Note(person, data);
        }
        else if (reply.Code == "ACTIVE_LINK_EXISTS" && act.Person.LastLink is { IsOver: true } last)
            last.IsOver = (string?)reply.Json!["error"]!["link"]?["linkId"] != last.Id;
        else if (reply.Status != 409)
            Refused(act, reply, "POST /partner/links");
    }

    public static async Task RevokeAsync(Acting act)
    {
        if (act.Person.LastLink is not { } link)
            return;
        var body = new JsonObject { ["reason"] = act.Marker("a reason to revoke", Exposure.UntilErased) };
        var reply = await act.PartnerAsync(HttpMethod.Post, $"/partner/links/{link.Id}/revoke", body);
        if (reply is { Ok: true })
            link.Revoked = link.IsOver = true;
    }

    /// <summary>The partner answers a request, of this link or of an older one.</summary>
    public static Task AnswerLateAsync(Acting act) =>
        act.Person.Links is { Count: > 0 } links
            ? AnswerAsync(act, links[act.Dice.Next(links.Count)])
            : Task.CompletedTask;

    public static async Task EraseAsync(Acting act)
    {
        var person = act.Person;
        if (person.Erased == Truth.No)
            person.Erased = Truth.Maybe;
        var reply = await act.PartnerAsync(HttpMethod.Delete, $"/partner/users/{person.Reference}");
        if (reply is { Ok: true } && person.Erased != Truth.Yes)
            (person.Erased, person.ErasedAt) = (Truth.Yes, DateTime.UtcNow);
    }

    private static async Task OpenAsync(Acting act, LinkModel link)
    {
        var reply = await act.WidgetAsync(link, HttpMethod.Post, "open", null);
        if (reply is { Ok: true })
            (link.Session, link.Opened) = ((string)reply.Data["session"]!, true);
        else if (reply is { Status: 404 or 409 })
            link.IsOver = true;
    }

    private static async Task AnswerAsync(Acting act, LinkModel link)
    {
        var data = Values.UserData(act.World.Markers, act.Person, (Fill)act.Dice.Next(3), act.Dice);
        if (act.Dice.Next(2) == 0)
            data.Remove("paymentMethod");
        var body = new JsonObject { ["referenceId"] = act.Person.Reference, ["userData"] = data };
        var reply = await act.PartnerAsync(HttpMethod.Put, $"/partner/data-requests/{link.RequestId}", body);
        if (reply is not { Ok: true })
            return;
        link.AnsweredAt ??= DateTime.UtcNow;
        Note(act.Person, data);
    }

    private static async Task EnterAsync(Acting act, LinkModel link)
    {
        var data = Values.UserData(act.World.Markers, act.Person, Fill.All, act.Dice);
        var reply = await act.WidgetAsync(link, HttpMethod.Put, "data", new JsonObject { ["userData"] = data });
        if (reply is { Ok: true } && !act.Person.MayBeVerified)
            Note(act.Person, data);
        Ends(link, reply);
    }

    private static async Task StepAsync(Acting act, LinkModel link)
    {
        var reply = await act.WidgetAsync(link, HttpMethod.Post, "step", new JsonObject { ["step"] = "cip" });
        link.Stepped |= reply is { Ok: true };
        Ends(link, reply);
    }

    private static async Task VerifyAsync(Acting act, LinkModel link)
    {
        act.Person.MayBeVerified = true;
        var reply =
            act.Dice.Next(2) == 0
                ? await act.WidgetAsync(link, HttpMethod.Post, "cip", [])
                : await act.PartnerAsync(
                    HttpMethod.Post,
                    $"/partner/links/{link.Id}/cip/tickets",
                    idempotent: act.Dice.Next(2) == 0
                );
        if (reply is { Ok: true })
            link.Ticket = (string?)reply.Data["ticketId"] ?? link.Ticket;
        else
            Ends(link, reply);
    }

    private static async Task PayAsync(Acting act, LinkModel link)
    {
        if (link.QuoteId is null || act.Dice.Next(3) == 0)
        {
            var send = act.Dice.Next(20, 300) + Cents[act.Dice.Next(Cents.Length)];
            var quote = await act.WidgetAsync(link, HttpMethod.Post, "quote", new JsonObject { ["send"] = send });
            Ends(link, quote);
            if (quote is not { Ok: true })
                return;
            (link.QuoteId, link.Send) = ((string)quote.Data["quoteId"]!, send);
        }
        var reply = await act.WidgetAsync(
            link,
            HttpMethod.Post,
            "confirm",
            new JsonObject { ["quoteId"] = link.QuoteId }
        );
        if (reply is { Ok: true })
            link.OperationId = (string)reply.Data["operationId"]!;
        else if (reply?.Code == "QUOTE_EXPIRED")
            link.QuoteId = null;
        else
            Ends(link, reply);
    }

    private static async Task CancelAsync(Acting act, LinkModel link)
    {
        if (link.Cancelled == Truth.No)
            link.Cancelled = Truth.Maybe;
        var reply = await act.WidgetAsync(
            link,
            HttpMethod.Post,
            "cancel",
            new JsonObject
            {
                ["operationId"] = link.OperationId,
                ["reason"] = act.Marker("a reason to cancel", Exposure.UntilErased),
            }
        );
        if (reply is { Ok: true })
            link.Cancelled = Truth.Yes;
        link.IsOver = true;
    }

    private static Task Over(LinkModel link)
    {
        link.IsOver = true;
        return Task.CompletedTask;
    }

    private static void Ends(LinkModel link, Reply? reply) =>
        link.IsOver |= reply?.Code is "LINK_EXPIRED" or "LINK_REVOKED" or "LINK_COMPLETED" or "RESOURCE_NOT_FOUND";

    private static void Note(PersonModel person, JsonObject? data)
    {
        foreach (var path in data is null ? [] : Values.Paths(data))
            person.Arrived.AddOrUpdate(path, 1, (_, count) => count + 1);
    }

    private static void Refused(Acting act, Reply reply, string what)
    {
        if (reply.Status is 400 or 401)
            act.Model.Report("no fault of the app's own", $"{what} is taken", $"{reply.Status} {reply.Text}");
    }
}
