using System.Text.Json.Nodes;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Eligibility;

/// <summary>The calls about transactions in short, and persons to ask about.</summary>
public static class EligibilityCalls
{
    public const string Eligibility = "/eapi/v0/identities/transactions/eligibility";
    public const string OlderEligibility = "/eapi/identities/transactions/eligibility";
    public const string Limits = "/eapi/v0/identities/transactions/limits";

    public static readonly string[] Express = ["NAME", "ADDRESS", "DOB", "TIN"];
    public static readonly string[] Standard = [.. Express, "DOCUMENT", "SELFIE", "PURPOSE_OF_TX"];
    public static readonly string[] Additional = [.. Standard, "SOURCE_FUNDS", "OCCUPATION"];

    /// <summary>A valid body of the reference form; <paramref name="change"/> changes it.</summary>
    public static JsonObject Body(
        string? reference,
        string amount = "100",
        string fiat = "EUR",
        Action<JsonObject>? change = null
    )
    {
        var body = new JsonObject
        {
            ["method"] = "sepa-bank-transfer",
            ["transactionType"] = "ONRAMP",
            ["fiat"] = fiat,
            ["crypto"] = "BTC",
            ["blockchain"] = "BTC",
            ["fiatAmount"] = amount,
        };
        if (reference is not null)
            body["identityReference"] = reference;
        change?.Invoke(body);
        return body;
    }

    public static Task<Reply> EligibilityAsync(
        this TestPartner partner,
        string reference,
        string amount = "100",
        string fiat = "EUR",
        Action<JsonObject>? change = null
    ) => partner.Identity.PostAsync(Eligibility, Body(reference, amount, fiat, change));

    public static Task<Reply> EligibilityByEmailAsync(
        this TestPartner partner,
        string email,
        string country = "DE",
        string amount = "100",
        string fiat = "EUR",
        Action<JsonObject>? change = null
    ) =>
        partner.Identity.PostAsync(
            Eligibility,
            Body(
                null,
                amount,
                fiat,
                body =>
                {
                    body["email"] = email;
                    body["countryOfResidence"] = country;
                    change?.Invoke(body);
                }
            )
        );

    public static Task<Reply> LimitsAsync(
        this TestPartner partner,
        string reference,
        string amount = "100",
        string fiat = "EUR",
        Action<JsonObject>? change = null
    ) => partner.Identity.PostAsync(Limits, Body(reference, amount, fiat, change));

    /// <summary>What a successful answer still asks for.</summary>
    public static string[] Requirements(this Reply reply)
    {
        reply.Is(202);
        var asked = reply.Json["requirements"]!.AsArray().Select(kind => (string)kind!).ToArray();
        Assert.Equal(asked, reply.Json["kycRequirements"]!.AsArray().Select(kind => (string)kind!));
        Assert.Equal(asked.Length == 0, (bool)reply.Json["paymentReady"]!);
        return asked;
    }

    /// <summary>The members that an update meets the requirements with.</summary>
    public static JsonObject DataFor(IEnumerable<string> requirements, string country = "DE")
    {
        var data = new JsonObject();
        foreach (var kind in requirements)
        {
            JsonObject members = kind switch
            {
                "NAME" => new() { ["givenName"] = "Ana", ["surname"] = "Gruber" },
                "DOB" => new() { ["dateOfBirth"] = "1990-05-14" },
                "TIN" => new() { ["taxId"] = "98765/4321" },
                "PURPOSE_OF_TX" => new() { ["purposeOfTransaction"] = "Savings" },
                "SOURCE_FUNDS" => new() { ["sourceOfFunds"] = "Salary" },
                "OCCUPATION" => new() { ["occupation"] = "Baker", ["occupationIndustry"] = "Food" },
                "ADDRESS" => new()
                {
                    ["residentialAddress"] = new JsonObject
                    {
                        ["addressLine"] = "Ring 1",
                        ["suburb"] = "Mitte",
                        ["postCode"] = "10115",
                        ["state"] = country == "US" ? "NY" : "Berlin",
                        ["country"] = country,
                    },
                },
                _ => [],
            };
            foreach (var (name, value) in members)
                data[name] = value!.DeepClone();
        }
        return data;
    }

    /// <summary>Changes a person as other parts of the app would.</summary>
    internal static Task ChangeAsync(
        this TestApp app,
        TestPartner partner,
        string reference,
        Action<Person, DateTimeOffset> change
    ) =>
        app.Service<PersonStore>()
            .ChangeAsync(
                new PersonKey(PartnerId.FromStorage(partner.Id), ReferenceId.FromStorage(reference)),
                [],
                person =>
                {
                    change(person, app.Clock.Now());
                    return Task.FromResult(true);
                },
                TestContext.Current.CancellationToken
            );

    internal static Task MoveKycAsync(
        this TestApp app,
        TestPartner partner,
        string reference,
        params KycStatus[] moves
    ) =>
        app.ChangeAsync(
            partner,
            reference,
            (person, now) =>
            {
                foreach (var move in moves)
                    person.Set(person.User.MoveKyc(move, now), now);
            }
        );

    internal static Task BlockAsync(this TestApp app, TestPartner partner, string reference) =>
        app.ChangeAsync(partner, reference, (person, now) => person.Put(person.Account with { Blocked = true }, now));

    /// <summary>A transfer of a person who was verified before or is now.</summary>
    public static async Task<(Payer Payer, string Operation)> TransferAsync(
        this TestApp app,
        TestPartner partner,
        string reference,
        decimal send,
        bool again = false
    )
    {
        var payer = again
            ? await Payer.AgainAsync(app, partner, reference)
            : await Payer.NewAsync(app, partner, reference);
        return (payer, await payer.TransferAsync(send));
    }

    /// <summary>
    /// All rows of the tables that hold what the app knows, without those that any signed request writes.
    /// </summary>
    public static async Task<string> ContentAsync(this TestApp app)
    {
        var content = new List<string>();
        foreach (
            var table in new[]
            {
                "Users",
                "UserIndex",
                "Links",
                "Operations",
                "Partners",
                "Idempotency",
                "Deliveries",
                "EmailIndex",
                "Merges",
            }
        )
            content.AddRange(
                from row in await app.RowsAsync(table)
                // A key's row says when it was last used.
                where !row.RowKey.StartsWith("key", StringComparison.Ordinal)
                where !row.RowKey.StartsWith("identity-key|", StringComparison.Ordinal)
                select $"{table} {row.PartitionKey} {row.RowKey} {row.ETag} {row.Count}"
            );
        return string.Join('\n', content);
    }
}
