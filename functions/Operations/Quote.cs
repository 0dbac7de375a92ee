using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Operations;

/// <summary>An offer with fixed amounts until it expires.</summary>
internal sealed record Quote(string Id, TransferAmount Amount, DateTimeOffset ExpiresAt)
{
    /// <summary>Creates a quote.</summary>
    public static Quote New(LinkId link, TransferAmount amount, DateTimeOffset at) =>
        new($"quote_{link.Partner}_{Ulid.New(at)}", amount, at + TransferTerms.QuoteLifetime);
}

/// <summary>
/// The quotes of a link, newest first, in one row of the person: a quote of another link is not found, and repeated
/// requests do not fill the table.
/// </summary>
internal sealed record LinkQuotes(PersonKey Owner, LinkId Link, IReadOnlyList<Quote> Quotes) : IRow<LinkQuotes>
{
    /// <summary>Number of quotes kept for a link.</summary>
    public const int Kept = 20;

    public static RowKind Kind { get; } = RowKind.Many("quotes|", PersonalPart.None);

    public static string RowKeyOf(LinkId link) => Kind.KeyOf(link);

    /// <summary>A link's quotes out of a person that was read with their row.</summary>
    public static LinkQuotes Of(Person person, LinkId link) =>
        person.Find<LinkQuotes>(RowKeyOf(link)) ?? new LinkQuotes(person.Key, link, []);

    public Quote? Find(string quoteId) => Quotes.FirstOrDefault(quote => quote.Id == quoteId);

    public LinkQuotes With(Quote quote) => this with { Quotes = [quote, .. Quotes.Take(Kept - 1)] };

    public static LinkQuotes FromRow(TableEntity row) =>
        new(
            PersonKey.FromPartition(row.PartitionKey),
            LinkId.FromStorage(Kind.IdIn(row.RowKey)),
            JsonSerializer.Deserialize<List<Quote>>(row.Text("Quotes"), StoredJson.Options)!
        );

    public TableEntity ToRow() =>
        new(Owner.Partition, RowKeyOf(Link)) { ["Quotes"] = JsonSerializer.Serialize(Quotes, StoredJson.Options) };
}
