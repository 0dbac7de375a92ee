using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>What a rest looks at.</summary>
internal sealed record Look
{
    public required World World { get; init; }
    public required Snapshot Now { get; init; }

    /// <summary>The apps' time.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>All that expires has expired, and what is kept for a while is gone.</summary>
    public required bool IsEnd { get; init; }

    public required int Waiting { get; init; }
    public required int DeadLetters { get; init; }

    /// <summary>Those that have not ended.</summary>
    public required IReadOnlyList<(string Name, string Id)> Orchestrations { get; init; }

    /// <summary>By address: the reference that a look-up leads to; null where there is none.</summary>
    public required IReadOnlyDictionary<(PersonModel Person, string Email), string?> Lookups { get; init; }

    /// <summary>By partner: its statistics of 90 days.</summary>
    public required IReadOnlyDictionary<string, JsonNode> Statistics { get; init; }

    /// <summary>Whether keys still open the API, by key.</summary>
    public required IReadOnlyDictionary<KeyModel, bool> Keys { get; init; }

    public Model Model => World.Model;
}

/// <summary>Something that holds at every rest.</summary>
/// <param name="Name">The rule, as a sentence.</param>
/// <param name="Find">What breaks it: what was expected, and what was found.</param>
internal sealed record Invariant(string Name, Func<Look, IEnumerable<(string Expected, string Found)>> Find);

/// <summary>All of them.</summary>
internal static class AllInvariants
{
    public static IReadOnlyList<Invariant> Table { get; } =
    [
        new("links move by their table", States.Links),
        new("transfers move by their table", States.Operations),
        new("persons move by their table", States.Persons),
        new("verifications and data requests end", States.Ended),
        new("what is final stays as it is", States.Final),
        new("a person has one active link at most", States.OneActiveLink),
        new("verified stays verified", States.Verified),
        new("the index of links agrees with the links", Indexes.Links),
        new("the index of transfers agrees with the transfers", Indexes.Operations),
        new("the index of users agrees with the users", Indexes.Users),
        new("an e-mail address leads to the one account that holds it", Indexes.Emails),
        new("the operator's lists agree with the persons", Indexes.Reviews),
        new("failed deliveries are listed", Indexes.FailedDeliveries),
        new("every event was followed up", Told.FollowedUp),
        new("every event has its delivery", Told.Queued),
        new("deliveries end", Told.Ended),
        new("what counts as delivered was taken", Told.Taken),
        new("a webhook has one body, that of its event", Told.OneBody),
        new("nothing is told that nobody waits for", Told.StillWanted),
        new("the statistics count each thing once", Told.Counted),
        new("acknowledged links are there", Acknowledged.Links),
        new("no link is there that nobody asked for", Acknowledged.NoOtherLinks),
        new("acknowledged data is there", Acknowledged.Data),
        new("acknowledged transfers end as they must", Acknowledged.Operations),
        new("acknowledged identities and addresses are there", Acknowledged.Identities),
        new("blocks stay", Acknowledged.Blocks),
        new("keys work until they are revoked, and not after", Acknowledged.Keys),
        new("no personal value in clear", Secrecy.InClear),
        new("an erasure leaves nothing that can be read", Secrecy.Erased),
        new("queues drain, and nothing is dead-lettered", Cleanliness.Queues),
        new("orchestrations end", Cleanliness.Orchestrations),
        new("an orchestration is woken when what it serves has ended", Cleanliness.Woken),
        new("what has had its time is gone", Cleanliness.Expired),
    ];
}
