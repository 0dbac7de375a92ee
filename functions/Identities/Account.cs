using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Identities;

/// <summary>An address of an account.</summary>
/// <param name="Hash">Its row of the e-mail index.</param>
/// <param name="Reference">The reference that it most recently arrived on: what a look-up by e-mail answers.</param>
/// <param name="At">When it did.</param>
/// <param name="Trust">How sure it is.</param>
/// <param name="Anchor">
/// The reference that stands in the e-mail index; null for an unverified address that another account holds.
/// </param>
internal sealed record EmailLink(string Hash, string Reference, DateTimeOffset At, EmailTrust Trust, string? Anchor)
{
    /// <summary>Two links of one address become one: where it arrived last, and the best that is known of it.</summary>
    public static EmailLink Combine(EmailLink one, EmailLink other)
    {
        var (earlier, later) =
            (one.At, one.Reference).CompareTo((other.At, other.Reference)) < 0 ? (one, other) : (other, one);
        return later with
        {
            Trust = earlier.Trust > later.Trust ? earlier.Trust : later.Trust,
            Anchor = later.Anchor ?? earlier.Anchor,
        };
    }
}

/// <summary>
/// What several references of one human have in common: row <c>account</c> in the
/// partition of the oldest of them, the root. Its <c>kyc.status</c> and time of creation are those of the root's user
/// row. A person without this row is an account of its own, without an e-mail.
/// </summary>
internal sealed record Account(PersonKey Root) : IRow<Account>
{
    public const string RowKey = "account";

    /// <summary>
    /// Addresses stand there as keyed hashes. What becomes of them when a reference is erased depends on the others.
    /// </summary>
    public static RowKind Kind { get; } = RowKind.Single(RowKey, PersonalPart.None) with { IsAlwaysRead = true };

    /// <summary>References of one account: more are refused.</summary>
    public const int MaxMembers = 1000;

    /// <summary>References that undone merges gave back: more are refused.</summary>
    public const int MaxReleased = 1000;

    /// <summary>Addresses of one account: more are refused.</summary>
    public const int MaxEmails = 200;

    private const int ColumnSize = 64 * 1024;

    public IReadOnlyList<EmailLink> Emails { get; init; } = [];

    /// <summary>The other references of the account, ordered.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>References that an undone merge gave back, and to which root.</summary>
    public IReadOnlyDictionary<string, string> Released { get; init; } = new Dictionary<string, string>();

    public bool Blocked { get; init; }

    /// <summary>The merge that this account last took part in as the survivor.</summary>
    public string? LastMerge { get; init; }

    /// <summary>
    /// What was handed in last to be verified (a ULID): only what comes of that one may ask for another try.
    /// </summary>
    public string? Submission { get; init; }

    /// <summary>
    /// True when a screening found something: nothing but an operator's review verifies this account.
    /// </summary>
    public bool NeedsOperator { get; init; }

    /// <summary>
    /// True when there is an account keyed by an e-mail.
    /// </summary>
    public bool Exists => Emails.Count > 0;

    /// <summary>The reference that an e-mail arrived on most recently; null without one.</summary>
    public string? PrimaryReference => Emails.MaxBy(email => (email.At, email.Reference))?.Reference;

    public EmailLink? Email(string hash) => Emails.FirstOrDefault(email => email.Hash == hash);

    public bool Contains(ReferenceId reference) => Members.Contains(reference.Value);

    /// <summary>This account with an address, instead of what was known of that address.</summary>
    public Account With(EmailLink email) =>
        this with
        {
            Emails = [.. Emails.Where(known => known.Hash != email.Hash), email],
        };

    /// <summary>This account without an address.</summary>
    public Account Without(string hash) => this with { Emails = [.. Emails.Where(known => known.Hash != hash)] };

    /// <summary>This account and one that is folded into it.</summary>
    /// <param name="other">The newer account.</param>
    public Account Absorb(Account other) =>
        this with
        {
            Emails =
            [
                .. Emails
                    .Concat(other.Emails)
                    .GroupBy(email => email.Hash)
                    .Select(same => same.Aggregate(EmailLink.Combine))
                    .OrderBy(email => email.Hash, StringComparer.Ordinal),
            ],
            Members =
            [
                .. Members
                    .Append(other.Root.Reference.Value)
                    .Concat(other.Members)
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ],
            Released = new Dictionary<string, string>(
                Released.Where(given => given.Key != other.Root.Reference.Value && !other.Members.Contains(given.Key))
            ),
            Blocked = Blocked || other.Blocked,
            NeedsOperator = NeedsOperator || other.NeedsOperator,
            Submission = string.CompareOrdinal(Submission, other.Submission) > 0 ? Submission : other.Submission,
        };

    public static Account FromRow(TableEntity row) =>
        new(PersonKey.FromPartition(row.PartitionKey))
        {
            Emails = ReadText(row, "Emails") is { Length: > 0 } emails
                ? JsonSerializer.Deserialize<List<EmailLink>>(emails, StoredJson.Options)!
                : [],
            Members = ReadLines(row, "Members"),
            Released = ReadReleased(row),
            Blocked = row.GetBoolean("Blocked") ?? false,
            LastMerge = row.GetString("LastMerge"),
            NeedsOperator = row.GetBoolean("NeedsOperator") ?? false,
            Submission = row.GetString("Submission"),
        };

    public TableEntity ToRow()
    {
        var row = new TableEntity(Root.Partition, RowKey)
        {
            ["Blocked"] = Blocked,
            ["LastMerge"] = LastMerge,
            ["NeedsOperator"] = NeedsOperator ? true : null,
            ["Submission"] = Submission,
        };
        WriteText(row, "Emails", JsonSerializer.Serialize(Emails, StoredJson.Options));
        WriteText(row, "Members", string.Join('\n', Members));
        // A line a root, which is the same for most of them; one that was given back to itself is not named twice.
        var released = Released
            .GroupBy(given => given.Value, given => given.Key == given.Value ? "" : given.Key)
            .Select(ofRoot => string.Join('\t', ofRoot.Prepend(ofRoot.Key)));
        WriteText(row, "Released", string.Join('\n', released));
        return row;
    }

    /// <summary>
    /// A thousand long references are more than a column holds: a text over as many binary columns as it takes. All
    /// three at their largest are 650 KB of the 1 MB that a row may have.
    /// </summary>
    private static void WriteText(TableEntity row, string column, string text)
    {
        foreach (
            var (part, number) in Encoding
                .UTF8.GetBytes(text)
                .Chunk(ColumnSize)
                .Select((part, number) => (part, number))
        )
            row[$"{column}{number}"] = part;
    }

    private static string ReadText(TableEntity row, string column)
    {
        var bytes = new List<byte>();
        for (var number = 0; row.GetBinary($"{column}{number}") is { } part; number++)
            bytes.AddRange(part);
        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static Dictionary<string, string> ReadReleased(TableEntity row) =>
        ReadLines(row, "Released")
            .Select(line => line.Split('\t'))
            .SelectMany(
                line => line.Skip(1),
                (line, member) => (Member: member.Length > 0 ? member : line[0], Root: line[0])
            )
            .ToDictionary(given => given.Member, given => given.Root);

    private static List<string> ReadLines(TableEntity row, string column) =>
        ReadText(row, column) is { Length: > 0 } text ? [.. text.Split('\n')] : [];
}
