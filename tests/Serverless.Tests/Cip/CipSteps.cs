using System.Text.Json.Nodes;

namespace Serverless.Tests.Cip;

/// <summary>What verification's tests do over and over.</summary>
internal static class CipSteps
{
    /// <summary>
    /// A CURP whose last character tells the sandbox's provider what to decide (functions/README.md).
    /// </summary>
    public static string Curp(char decides) => Samples.Curp[..^1] + decides;

    /// <summary>A link of a person of whom everything is known.</summary>
    public static Task<TestLink> CompleteLinkAsync(
        this TestPartner partner,
        char decides,
        string? reference = null,
        int? expiresInMinutes = null
    ) => partner.CreateLinkAsync(reference, expiresInMinutes, Samples.FullUserData().With("idNumber", Curp(decides)));

    public static Task<Reply> PostTicketAsync(this TestPartner partner, TestLink link, string? idempotencyKey = null) =>
        partner.SendAsync(
            HttpMethod.Post,
            $"/partner/links/{link.Id}/cip/tickets",
            null,
            idempotencyKey is null ? [] : [("Idempotency-Key", idempotencyKey)]
        );

    public static async Task<JsonNode> UserAsync(this TestPartner partner, string reference) =>
        (await partner.GetAsync($"/partner/users/{Uri.EscapeDataString(reference)}")).Is(200).Data;

    /// <summary>Status and CIP status of a person.</summary>
    public static async Task<(string Status, string Cip)> StandingAsync(this TestPartner partner, string reference)
    {
        var user = await partner.UserAsync(reference);
        return ((string)user["status"]!, (string)user["cipStatus"]!);
    }

    public static Task<Reply> ReviewAsync(
        this TestPartner partner,
        string reference,
        string decision,
        string? note = null
    ) => partner.App.PostAsync($"/operator/partners/{partner.Id}/users/{reference}/cip/review", new { decision, note });

    /// <summary>
    /// A person whose verification ended as its idNumber asks for; its link is revoked, so that another one can be
    /// made.
    /// </summary>
    public static async Task<TestLink> DecidedAsync(this TestPartner partner, char decides, string reference)
    {
        var link = await partner.CompleteLinkAsync(decides, reference);
        (await partner.PostTicketAsync(link)).Is(201);
        await partner.App.AdvanceAsync(TimeSpan.FromSeconds(5));
        (await link.RevokeAsync()).Is(200);
        return link;
    }

    /// <summary>The moves that the partner was told of.</summary>
    public static (string From, string To)[] Moves(this Inbox inbox) =>
        [
            .. inbox
                .Received.Where(webhook => webhook.Event == "user.status_changed")
                .Select(webhook => ((string)webhook.Data["previousStatus"]!, (string)webhook.Data["status"]!)),
        ];
}
