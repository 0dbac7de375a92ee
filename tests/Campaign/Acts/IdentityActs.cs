using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>What a partner does over the identity API.</summary>
internal static class IdentityActs
{
    private static readonly string[] Endings =
    [
        "approved",
        "approved",
        "rejected",
        "retry",
        "pending-2m",
        "expired",
        "down",
        "incomplete",
    ];

    public static async Task CreateAsync(Acting act)
    {
        var person = act.Person;
        var body = act.Dice.Next(2) == 0 ? Values.Identity(act.World.Markers, person, act.Dice) : [];
        body["identityReference"] = person.Reference;
        var email = act.Dice.Next(3) == 0 ? null : person.Addresses[act.Dice.Next(2)];
        if (email is not null)
            body["email"] = email;
        var reply = await act.SignedAsync(HttpMethod.Post, "/eapi/v0/identities/basic", body);
        if (reply is { Ok: true })
            Known(person, email);
        else if (reply is { Status: 400 or 401 } || reply?.Code is not (null or "81"))
            act.Model.Report("no fault of the app's own", "an identity is created", $"{reply!.Status} {reply.Text}");
    }

    /// <summary>An address arrives; where another reference has it, the two become one account.</summary>
    public static async Task AttachAsync(Acting act)
    {
        var person = act.Person;
        var body = act.Dice.Next(3) == 0 ? Values.Identity(act.World.Markers, person, act.Dice) : [];
        var email = person.Addresses[act.Dice.Next(2)];
        body["identityReference"] = person.Reference;
        body["email"] = email;
        if (act.Dice.Next(2) == 0)
            body["occupation"] = act.Marker("occupation", Exposure.Never);
        var reply = await act.SignedAsync(HttpMethod.Patch, "/eapi/v0/identities", body);
        if (reply is { Ok: true })
            Known(person, email);
    }

    public static async Task ShareAsync(Acting act)
    {
        var person = act.Person;
        var email = person.Addresses[act.Dice.Next(2)];
        // The other references of its account are verified with it.
        foreach (var other in act.Partner.Persons)
            other.MayBeVerified = true;
        var token = $"{act.Marker("share token", Exposure.Never)}-{Endings[act.Dice.Next(Endings.Length)]}";
        var reply = await act.SignedAsync(
            HttpMethod.Post,
            "/eapi/v0/identities/share/token",
            new JsonObject
            {
                ["identityReference"] = person.Reference,
                ["email"] = email,
                ["provider"] = new JsonObject { ["vendor"] = "sumsub", ["token"] = token },
            }
        );
        if (reply is { Ok: true })
            Known(person, email);
    }

    /// <summary>The partner's own screening is relied upon.</summary>
    public static async Task RelyAsync(Acting act)
    {
        var person = act.Person;
        var email = person.Addresses[act.Dice.Next(2)];
        foreach (var other in act.Partner.Persons)
            other.MayBeVerified = true;
        var identity = Values.Identity(act.World.Markers, person, act.Dice);
        identity["dob"] = (string)identity["dateOfBirth"]!;
        identity.Remove("dateOfBirth");
        var reply = await act.SignedAsync(
            HttpMethod.Post,
            "/eapi/v0/identities/reliance",
            new JsonObject
            {
                ["identityReference"] = person.Reference,
                ["email"] = email,
                ["mobileNumber"] = "+525512345678",
                ["screeningDate"] = DateTime.UtcNow.AddDays(-act.Dice.Next(3)).ToString("yyyy-MM-dd", null),
                ["screeningSanctionsResult"] = act.Dice.Next(6) == 0,
                ["screeningPepResult"] = act.Dice.Next(4) == 0,
                ["customerIdentity"] = identity,
            }
        );
        if (reply is { Ok: true })
            Known(person, email);
        else if (reply is { Status: 400 })
            act.Model.Report("no fault of the app's own", "a screening is taken", $"{reply.Status} {reply.Text}");
    }

    private static void Known(PersonModel person, string? email)
    {
        person.Identity = Truth.Yes;
        if (email is not null)
            person.Emails[email] = true;
    }
}
