using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>What an operator decides.</summary>
internal static class OperatorActs
{
    private static readonly string[] Decisions = ["approve", "reject", "retry"];

    public static async Task MergeAsync(Acting act)
    {
        var other = act.Partner.Persons[(act.Step.Person + 1 + act.Dice.Next(History.Persons - 1)) % History.Persons];
        var reply = await act.OperatorAsync(
            $"/operator/partners/{act.Partner.Id}/identities/merge",
            new JsonObject { ["reference"] = act.Person.Reference, ["otherReference"] = other.Reference }
        );
        if (reply is { Ok: true } && (string?)reply.Data["mergeId"] is { } merge)
            act.Partner.Merges.Enqueue(merge);
    }

    /// <summary>Of one partner only: whose accounts were parted, of those less can be said.</summary>
    public static async Task UndoAsync(Acting act)
    {
        var partner = act.Model.Partners[0];
        if (partner.Merges.LastOrDefault() is not { } merge)
            return;
        partner.HasUndone = true;
        await act.OperatorAsync($"/operator/merges/{merge}/undo");
    }

    public static async Task BlockAsync(Acting act)
    {
        var reply = await act.OperatorAsync(
            $"/operator/partners/{act.Partner.Id}/identities/{act.Person.Reference}/block",
            new JsonObject { ["note"] = act.Note("the note of a block") }
        );
        // A block that an unblocking passed may be gone again.
        lock (act.Partner)
            if (reply is { Ok: true } && act.Partner.UnblocksUnderWay == 0)
                act.Person.Blocked = Truth.Yes;
        // Whoever is blocked tries to get around it with the account of somebody else.
        if (reply is { Ok: true } && act.Dice.Next(2) == 0)
            await IdentityActs.AttachAsync(act);
    }

    public static async Task UnblockAsync(Acting act)
    {
        // Whoever shares the account is unblocked, too.
        lock (act.Partner)
        {
            act.Partner.UnblocksUnderWay++;
            foreach (var person in act.Partner.Persons)
                person.Blocked = Truth.Maybe;
        }
        var reply = await act.OperatorAsync(
            $"/operator/partners/{act.Partner.Id}/identities/{act.Person.Reference}/unblock",
            new JsonObject { ["note"] = act.Note("the note of an unblocking") }
        );
        lock (act.Partner)
            if (reply is not null)
                act.Partner.UnblocksUnderWay--;
    }

    public static Task ReviewCipAsync(Acting act) =>
        act.OperatorAsync(
            $"/operator/partners/{act.Partner.Id}/users/{act.Person.Reference}/cip/review",
            new JsonObject { ["decision"] = Decision(act), ["note"] = act.Note("the note of a review") }
        );

    public static Task ReviewIdentityAsync(Acting act) =>
        act.OperatorAsync(
            $"/operator/partners/{act.Partner.Id}/identities/{act.Person.Reference}/review",
            new JsonObject { ["decision"] = Decision(act), ["note"] = act.Note("the note of a review") }
        );

    private static string Decision(Acting act) => Decisions[act.Dice.Next(Decisions.Length)];
}
