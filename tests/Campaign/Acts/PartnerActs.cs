using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>What a partner does with its own keys, secrets and endpoint.</summary>
internal static class PartnerActs
{
    private const int MostKeys = 8;

    public static async Task RegisterAsync(Acting act, PartnerModel partner)
    {
        var reply = await act.OperatorAsync(
            "/operator/partners",
            new JsonObject
            {
                ["partnerId"] = partner.Id,
                ["name"] = partner.Id,
                ["webhookUrl"] = act.World.Receivers.UrlOf(partner, 0),
                ["webhookEvents"] = new JsonArray([
                    .. Functions.Events.PartnerEvents.All.Select(name => JsonValue.Create(name)),
                ]),
                ["settings"] = new JsonObject
                {
                    ["kycWebhooks"] = true,
                    ["kycSharing"] = true,
                    ["reliance"] = true,
                    ["dataRequests"] = partner.Number == 1 ? "on_open" : "on_create",
                },
            }
        );
        var data = reply is { Ok: true } ? reply.Data : throw new InvalidOperationException($"No partner: {reply}");
        partner.ApiKeys.Enqueue(KeyModel.OfApi((string)data["apiKey"]!));
        partner.IdentityKeys.Enqueue(new KeyModel((string)data["identityApiKey"]!, (string)data["identityApiSecret"]!));
        partner.Secrets.Enqueue((string)data["webhookSecret"]!);
    }

    public static async Task RotateSecretAsync(Acting act)
    {
        Interlocked.Increment(ref act.Partner.OpenRotations);
        var reply = await act.PartnerAsync(
            HttpMethod.Post,
            "/partner/webhooks/endpoint/rotate-secret",
            new JsonObject { ["overlapHours"] = act.Dice.Next(3) * 24 },
            idempotent: true
        );
        if (reply is { Ok: true })
            act.Partner.Secrets.Enqueue((string)reply.Data["webhookSecret"]!);
        if (reply is not null)
            Interlocked.Decrement(ref act.Partner.OpenRotations);
    }

    public static async Task IssueKeyAsync(Acting act)
    {
        var (ofIdentity, partner) = (act.Dice.Next(2) == 0, act.Partner);
        var keys = ofIdentity ? partner.IdentityKeys : partner.ApiKeys;
        if (keys.Count(key => key.Revoked != Truth.Yes) >= MostKeys)
            return;
        var reply = await act.PartnerAsync(
            HttpMethod.Post,
            ofIdentity ? "/partner/identity-keys" : "/partner/keys",
            new JsonObject { ["name"] = $"step {act.Step.Number}" },
            idempotent: true
        );
        if (reply is not { Ok: true })
            return;
        var data = reply.Data;
        keys.Enqueue(
            ofIdentity
                ? new KeyModel((string)data["identityApiKey"]!, (string)data["identityApiSecret"]!)
                : KeyModel.OfApi((string)data["apiKey"]!)
        );
    }

    /// <summary>Revokes the oldest key that works, if another one does.</summary>
    public static async Task RevokeKeyAsync(Acting act)
    {
        var (ofIdentity, partner) = (act.Dice.Next(2) == 0, act.Partner);
        var working = (ofIdentity ? partner.IdentityKeys : partner.ApiKeys)
            .Where(key => key.Revoked == Truth.No)
            .ToList();
        if (working.Count < 2)
            return;
        var key = working[0];
        key.Revoked = Truth.Maybe;
        var reply = await act.PartnerAsync(
            HttpMethod.Delete,
            ofIdentity ? $"/partner/identity-keys/{key.Id}" : $"/partner/keys/{key.Id}"
        );
        if (reply is { Ok: true })
            key.Revoked = Truth.Yes;
    }

    public static async Task ChangeEndpointAsync(Acting act)
    {
        var url = act.World.Receivers.UrlOf(act.Partner, act.Step.Number);
        var reply = await act.PartnerAsync(
            HttpMethod.Patch,
            "/partner/webhooks/endpoint",
            new JsonObject { ["url"] = url }
        );
        if (reply is { Status: >= 400 })
            act.Model.Report("no fault of the app's own", "the endpoint is changed", $"{reply.Status} {reply.Text}");
    }

    public static Task ChangeMoodAsync(Acting act)
    {
        act.Partner.Mood = (Mood)act.Dice.Next(Enum.GetValues<Mood>().Length);
        act.Partner.AnswersInResponse = act.Dice.Next(2) == 0;
        return Task.CompletedTask;
    }

    public static Task ReplayAsync(Acting act) =>
        act.PartnerAsync(
            HttpMethod.Post,
            "/partner/webhooks/deliveries/replay",
            act.Dice.Next(2) == 0
                ? new JsonObject { ["failedSince"] = "2020-01-01" }
                : new JsonObject { ["from"] = "2020-01-01" },
            idempotent: true,
            ofFirstApp: true
        );
}
