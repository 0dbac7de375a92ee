using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Identities;

/// <summary>An e-mail address of an account.</summary>
/// <param name="Hash">The keyed hash of the address, which is its key in the e-mail index.</param>
/// <param name="Reference">The reference that most recently used the address; a look-up by e-mail returns it.</param>
/// <param name="At">When that was.</param>
/// <param name="Trust">How reliably it is verified.</param>
/// <param name="Anchor">
/// The reference stored in the e-mail index; null for an unverified address that another account holds.
/// </param>
internal sealed record EmailLink(string Hash, string Reference, DateTimeOffset At, EmailTrust Trust, string? Anchor)
{
    /// <summary>Combines two links of one address: the most recent reference and the highest trust.</summary>
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
/// The shared data of all references of one human: row <c>account</c> in the partition of the oldest reference, the
/// root. Its <c>kyc.status</c> and time of creation are those of the root's user row. A person without this row is an
/// account of its own, without an e-mail.
/// </summary>
internal sealed record Account(PersonKey Root) : IRow<Account>
{
    public const string RowKey = "account";

    /// <summary>
    /// Holds addresses as keyed hashes. What an erasure does to them depends on the account's other references, so no
    /// rule for this row can say it.
    /// </summary>
    public static RowKind Kind { get; } = RowKind.Single(RowKey, PersonalPart.None) with { IsAlwaysRead = true };

    /// <summary>Maximum number of references of one account; more are refused.</summary>
    public const int MaxMembers = 1000;

    /// <summary>Maximum number of references that undone merges released; more are refused.</summary>
    public const int MaxReleased = 1000;

    /// <summary>Maximum number of addresses of one account; more are refused.</summary>
    public const int MaxEmails = 200;

    private const int ColumnSize = 64 * 1024;

    public IReadOnlyList<EmailLink> Emails { get; init; } = [];

    /// <summary>The other references of the account, ordered.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>References that undone merges released, each with its own root.</summary>
    public IReadOnlyDictionary<string, string> Released { get; init; } = new Dictionary<string, string>();

    public bool Blocked { get; init; }

    /// <summary>The merge that this account last took part in as the survivor.</summary>
    public string? LastMerge { get; init; }

    /// <summary>
    /// The latest submission for verification (a ULID): only its result may ask the person to try again.
    /// </summary>
    public string? Submission { get; init; }

    /// <summary>True when a screening found something: only an operator's review can verify this account.</summary>
    public bool NeedsOperator { get; init; }

    /// <summary>True when the account has an e-mail address.</summary>
    public bool Exists => Emails.Count > 0;

    /// <summary>The reference that most recently used an e-mail address; null without one.</summary>
    public string? PrimaryReference => Emails.MaxBy(email => (email.At, email.Reference))?.Reference;

    public EmailLink? Email(string hash) => Emails.FirstOrDefault(email => email.Hash == hash);

    public bool Contains(ReferenceId reference) => Members.Contains(reference.Value);

    /// <summary>This account with an address added or replaced.</summary>
    public Account With(EmailLink email) =>
        this with
        {
            Emails = [.. Emails.Where(known => known.Hash != email.Hash), email],
        };

    /// <summary>This account without an address.</summary>
    public Account Without(string hash) => this with { Emails = [.. Emails.Where(known => known.Hash != hash)] };

    /// <summary>This account with another one merged into it.</summary>
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
        // One line per root, because most references share a root; an empty entry stands for the root itself.
        var released = Released
            .GroupBy(given => given.Value, given => given.Key == given.Value ? "" : given.Key)
            .Select(ofRoot => string.Join('\t', ofRoot.Prepend(ofRoot.Key)));
        WriteText(row, "Released", string.Join('\n', released));
        return row;
    }

    /// <summary>
    /// Splits a text over several binary columns, because a thousand long references exceed the size of one column.
    /// All three texts at their maximum take 650 KB of the 1 MB that a row may have.
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
