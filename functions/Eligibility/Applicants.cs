using System.Collections.Concurrent;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Operations;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Eligibility;

/// <summary>A transfer that counts towards limits.</summary>
internal sealed record PastTransfer(DateTimeOffset At, decimal Amount, string Currency);

/// <summary>What the rules need to know about the person behind an account.</summary>
internal sealed record Applicant
{
    /// <summary>A person about whom nothing is known.</summary>
    public static Applicant New { get; } = new();

    public bool Blocked { get; init; }

    public KycStatus Kyc { get; init; }

    /// <summary>False for a reference without an e-mail, and for a new person.</summary>
    public bool HasEmail { get; init; }

    public string? Country { get; init; }

    public string? State { get; init; }

    public DateOnly? DateOfBirth { get; init; }

    /// <summary>The requirements that the stored data meets.</summary>
    public IReadOnlySet<string> Held { get; init; } = new HashSet<string>();

    public IReadOnlyList<PastTransfer> Transfers { get; init; } = [];

    /// <summary>The country that the request states: its restrictions apply too.</summary>
    public string? StatedCountry { get; init; }

    public string? StatedState { get; init; }

    public DateOnly? StatedDateOfBirth { get; init; }

    /// <summary>
    /// Adds what a request by e-mail states. It is used where nothing is stored; otherwise it can only restrict.
    /// </summary>
    public Applicant WithStated(Asked.ByEmail asked) =>
        this with
        {
            Country = Country ?? asked.Country,
            State = Country is null ? asked.State : State,
            StatedCountry = asked.Country,
            StatedState = asked.State,
            StatedDateOfBirth = asked.DateOfBirth,
        };
}

/// <summary>
/// Reads applicants; writes nothing. The data and transfers of all references of an account count. Finding the account
/// already reads the requested reference and the root, so an account without merges takes one query.
/// </summary>
internal sealed class Applicants(Accounts accounts, GetIdentity identities, PersonStore persons)
{
    private const int ReadsAtOnce = 16;

    /// <summary>Finds by reference; null where nobody has it.</summary>
    public async Task<Applicant?> FindAsync(PersonKey key, CancellationToken ct) =>
        await accounts.FindAsync(key, [], ct, Operation.Kind) is { } identity ? await ReadAllAsync(identity, ct) : null;

    /// <summary>Finds by e-mail; a new person where no account holds it.</summary>
    public async Task<Applicant> FindAsync(PartnerId partner, Asked.ByEmail asked, CancellationToken ct)
    {
        var known = await identities.FindByEmailAsync(partner, asked.Email, ct, Operation.Kind) is (_, { } identity)
            ? await ReadAllAsync(identity, ct)
            : Applicant.New;
        return known.WithStated(asked);
    }

    private async Task<Applicant> ReadAllAsync(Identity identity, CancellationToken ct)
    {
        var members = new ConcurrentDictionary<PersonKey, Person>
        {
            [identity.Root.Key] = identity.Root,
            [identity.Asked.Key] = identity.Asked,
        };
        var others = identity
            .Account.Members.Select(member => identity.Root.Key with { Reference = ReferenceId.FromStorage(member) })
            .Where(key => !members.ContainsKey(key))
            .ToList();
        await Parallel.ForEachAsync(
            others,
            new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = ct },
            async (key, stop) => members[key] = await persons.ReadAsync(key, [], stop, Operation.Kind)
        );

        // Where two references hold a value, the older reference's one counts.
        var oldestFirst = members
            .Values.Where(person => !person.IsNew)
            .OrderBy(person => person.User.CreatedAt)
            .ThenBy(person => person.User.UserId, StringComparer.Ordinal)
            .ToList();
        // An erased person's values are unreadable, but the transfers still count.
        var readable = oldestFirst.Where(person => person.ErasedAt is null).ToList();
        var resident = readable.Find(person => person.Fields.ContainsKey(IdentityData.Country));
        var born = readable.Find(person => person.Fields.ContainsKey(IdentityData.DateOfBirth));
        return new Applicant
        {
            Blocked = identity.Account.Blocked,
            Kyc = identity.Root.User.Kyc,
            HasEmail = identity.Account.Exists,
            Country = resident is null ? null : await resident.ReadAsync(IdentityData.Country, ct),
            State = resident is null ? null : await resident.ReadAsync(IdentityData.State, ct),
            DateOfBirth = born is null ? null : CalendarDate.Read(await born.ReadAsync(IdentityData.DateOfBirth, ct)),
            Held = readable.SelectMany(person => IdentityData.KindsOf(person.Fields.Keys)).ToHashSet(),
            Transfers = [.. oldestFirst.SelectMany(TransfersOf)],
        };
    }

    /// <summary>Transfers that were paid or still may be.</summary>
    private static IEnumerable<PastTransfer> TransfersOf(Person person) =>
        person
            .All<Operation>()
            .Where(transfer => transfer.Status is not (OperationStatus.Cancelled or OperationStatus.Failed))
            .Select(transfer => new PastTransfer(
                transfer.CreatedAt,
                transfer.Amount.Send,
                transfer.Amount.Currency.Source
            ));
}
