using System.Collections.Concurrent;

namespace Serverless.Campaign;

/// <summary>What is known of something that was asked for: an answer may have been lost.</summary>
internal enum Truth
{
    No,
    Maybe,
    Yes,
}

/// <summary>
/// What the partners and the operator know, and nothing else: what was acknowledged, and what may have been done.
/// </summary>
internal sealed class Model
{
    public required IReadOnlyList<PartnerModel> Partners { get; init; }

    public IEnumerable<PersonModel> Persons => Partners.SelectMany(partner => partner.Persons);

    public IEnumerable<LinkModel> Links => Persons.SelectMany(person => person.Links);

    /// <summary>What a single answer showed to be wrong.</summary>
    public ConcurrentQueue<Violation> Violations { get; } = new();

    /// <summary>What the last rest found, by its key: final states, verified persons.</summary>
    public Dictionary<string, string> Lasting { get; } = [];

    public void Report(string invariant, string expected, string found) =>
        Violations.Enqueue(new Violation(invariant, expected, found));
}

/// <summary>An invariant that does not hold.</summary>
internal sealed record Violation(string Invariant, string Expected, string Found)
{
    public override string ToString() => $"{Invariant}\n    expected: {Expected}\n    found:    {Found}";
}

/// <summary>A key of either API.</summary>
internal sealed class KeyModel(string id, string secret)
{
    public string Id => id;
    public string Secret => secret;
    public Truth Revoked { get; set; }

    /// <summary>A key of the partner API, which is shown by its beginning.</summary>
    public static KeyModel OfApi(string key) => new(key[..(key.LastIndexOf('_') + 7)], key);
}

internal sealed class PartnerModel(int number)
{
    public int Number => number;
    public string Id => $"p{number}";
    public required IReadOnlyList<PersonModel> Persons { get; set; }
    public ConcurrentQueue<KeyModel> ApiKeys { get; } = new();
    public ConcurrentQueue<KeyModel> IdentityKeys { get; } = new();

    /// <summary>Each webhook secret that it was ever shown.</summary>
    public ConcurrentQueue<string> Secrets { get; } = new();

    /// <summary>Rotations that were not answered: so many secrets may be in use that it was not shown.</summary>
    public int OpenRotations;

    /// <summary>Merges that were acknowledged and could be undone.</summary>
    public ConcurrentQueue<string> Merges { get; } = new();

    /// <summary>A merge was undone, or may have been: who shares an account is open from then on.</summary>
    public bool HasUndone { get; set; }

    public Mood Mood { get; set; }
    public bool AnswersInResponse { get; set; }
    public int UrlNumber { get; set; }

    /// <summary>A key that works; the newest one, as a careful partner has it.</summary>
    public KeyModel Key => ApiKeys.Last(key => key.Revoked == Truth.No);

    public KeyModel IdentityKey => IdentityKeys.Last(key => key.Revoked == Truth.No);

    /// <summary>How many unblockings may still take effect.</summary>
    public int UnblocksUnderWay { get; set; }
}

internal sealed class PersonModel(PartnerModel partner, string reference)
{
    private readonly Lock _lock = new();
    private readonly List<LinkModel> _links = [];

    public PartnerModel Partner => partner;
    public string Reference => reference;
    public string Partition => $"{partner.Id}|{reference}";

    /// <summary>An address of its own, and one that it shares with its neighbour.</summary>
    public IReadOnlyList<string> Addresses { get; set; } = [];

    public IReadOnlyList<LinkModel> Links
    {
        get
        {
            lock (_lock)
                return [.. _links];
        }
    }

    public LinkModel? LastLink => Links is [.., var last] ? last : null;

    /// <summary>Creations that were not answered: so many links more may there be.</summary>
    public int OpenCreations;

    /// <summary>A verification was begun, or may have been: from then on the widget changes some fields no more.</summary>
    public bool MayBeVerified { get; set; }

    public Truth Erased { get; set; }

    /// <summary>By the machine's time, when the erasure was acknowledged.</summary>
    public DateTime ErasedAt { get; set; }

    public Truth Identity { get; set; }

    /// <summary>Addresses whose arrival was acknowledged.</summary>
    public ConcurrentDictionary<string, bool> Emails { get; } = new();

    public Truth Blocked { get; set; }

    /// <summary>How many values of each field arrived and were acknowledged.</summary>
    public ConcurrentDictionary<string, int> Arrived { get; } = new();

    public void Add(LinkModel link)
    {
        lock (_lock)
            if (_links.TrueForAll(known => known.Id != link.Id))
                _links.Add(link);
    }
}

internal sealed class LinkModel(PersonModel person, string id, string url, DateTimeOffset expiresAt)
{
    public PersonModel Person => person;
    public string Id => id;
    public string Url => url;
    public DateTimeOffset ExpiresAt => expiresAt;
    public string RequestId => "dr_" + id["link_".Length..];
    public string? Session { get; set; }
    public bool Opened { get; set; }
    public bool Revoked { get; set; }
    public bool Stepped { get; set; }

    /// <summary>By the machine's time, when the request was acknowledged as answered; null while it was not.</summary>
    public DateTime? AnsweredAt { get; set; }

    public string? Ticket { get; set; }
    public string? QuoteId { get; set; }
    public decimal Send { get; set; }
    public string? OperationId { get; set; }
    public Truth Cancelled { get; set; }

    /// <summary>Nothing more is to be expected of it.</summary>
    public bool IsOver { get; set; }
}
