using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Audit;

/// <summary>What came of an act.</summary>
internal enum ActOutcome
{
    /// <summary>It is under way, or its server died meanwhile: whether it was done is not known.</summary>
    Unknown,

    /// <summary>It was done.</summary>
    Succeeded,

    /// <summary>It was refused, and changed nothing.</summary>
    Refused,

    /// <summary>Something went wrong on our side: a part of it may have been done.</summary>
    Failed,
}

/// <summary>What an operator did or tried to: one row, whose outcome is added after the act.</summary>
internal sealed partial record ActRecord
{
    /// <summary>There are few acts, and they are listed over all partners.</summary>
    public const string Partition = "acts";

    private const int LongestValue = 255;

    /// <summary>Its time is when the act began.</summary>
    public required Ulid Id { get; init; }

    public required string Operator { get; init; }

    /// <summary>The act's name in the operator's document.</summary>
    public required string Act { get; init; }

    public required string Method { get; init; }

    /// <summary>The path's template, and what its parts were filled with.</summary>
    public required string Route { get; init; }

    public required IReadOnlyDictionary<string, string> Target { get; init; }
    public required string RequestId { get; init; }
    public PartnerId? Partner { get; init; }
    public ReferenceId? Reference { get; init; }

    /// <summary>Why, sealed with the key of the person's data; null where it is about no person, or not said.</summary>
    public byte[]? WhyOfPerson { get; init; }

    /// <summary>Why, wrapped by the key ring; null where it is about a person, or not said.</summary>
    public string? Why { get; init; }

    public ActOutcome Outcome { get; init; }
    public int? Status { get; init; }
    public string? Code { get; init; }

    /// <summary>What the sealed reason is bound to.</summary>
    public string Purpose => $"audit|{Id}";

    /// <summary>The person whom the act is about; null where it is about none.</summary>
    public PersonKey? Person => Partner is not null && Reference is not null ? new PersonKey(Partner, Reference) : null;

    /// <summary>
    /// A part of a path as it is kept: somebody who takes a whole key for its beginning, or pastes a secret, must not
    /// put it here.
    /// </summary>
    public static string Kept(string value)
    {
        var known = Secret().Replace(value, "$1…");
        return known.Length > LongestValue ? known[..LongestValue] + "…" : known;
    }

    public static ActRecord FromRow(TableEntity row) =>
        new()
        {
            Id = Ulid.FromStorage(Ulid.Invert(row.RowKey)),
            Operator = row.Text("Operator"),
            Act = row.Text("Act"),
            Method = row.Text("Method"),
            Route = row.Text("Route"),
            Target =
                JsonSerializer.Deserialize<Dictionary<string, string>>(row.Text("Target"), StoredJson.Options) ?? [],
            RequestId = row.Text("RequestId"),
            Partner = row.GetString("Partner") is { } partner ? PartnerId.FromStorage(partner) : null,
            Reference = row.GetString("Reference") is { } reference ? ReferenceId.FromStorage(reference) : null,
            Why = row.GetString("Why"),
            WhyOfPerson = row.GetBinary("WhyOfPerson"),
            Outcome = Enum.Parse<ActOutcome>(row.Text("Outcome")),
            Status = row.GetInt32("Status"),
            Code = row.GetString("Code"),
        };

    public TableEntity ToRow() =>
        new(Partition, Id.Inverted)
        {
            ["Operator"] = Operator,
            ["Act"] = Act,
            ["Method"] = Method,
            ["Route"] = Route,
            ["Target"] = JsonSerializer.Serialize(Target, StoredJson.Options),
            ["RequestId"] = RequestId,
            ["Partner"] = Partner?.Value,
            ["Reference"] = Reference?.Value,
            ["Why"] = Why,
            ["WhyOfPerson"] = WhyOfPerson,
            ["Outcome"] = Outcome.ToString(),
            ["Status"] = Status,
            ["Code"] = Code,
        };

    // API keys, secrets of the identity API and of webhooks: what follows their first six characters. A webhook's
    // secret is base64, and of a path's letters "/" alone stays encoded: %2F.
    [GeneratedRegex(@"((?:m2m|sk)_(?:test|live)_\w{6}|whsec_[\w+/%=-]{6})[\w+/%=-]+", RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
