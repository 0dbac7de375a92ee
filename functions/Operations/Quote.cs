using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Operations;

/// <summary>An offer: these amounts until then.</summary>
internal sealed record Quote(string Id, TransferAmount Amount, DateTimeOffset ExpiresAt)
{
    /// <summary>A new quote of this moment.</summary>
    public static Quote New(LinkId link, TransferAmount amount, DateTimeOffset at) =>
        new($"quote_{link.Partner}_{Ulid.New(at)}", amount, at + TransferTerms.QuoteLifetime);
}

/// <summary>
/// The quotes of a link, newest first: one row of the person, so that a quote is of this link or is not found, and
/// whoever plays with the amount fills no table.
/// </summary>
internal sealed record LinkQuotes(LinkId Link, IReadOnlyList<Quote> Quotes)
{
    /// <summary>How many are remembered.</summary>
    public const int Kept = 20;

    public static string RowKeyOf(LinkId link) => $"quotes|{link}";

    /// <summary>A link's quotes out of a person that was read with their row.</summary>
    public static LinkQuotes Of(Person person, LinkId link) =>
        new(
            link,
            person.Row(RowKeyOf(link)) is { } row
                ? JsonSerializer.Deserialize<List<Quote>>(row.Text("Quotes"), StoredJson.Options)!
                : []
        );

    public Quote? Find(string quoteId) => Quotes.FirstOrDefault(quote => quote.Id == quoteId);

    public LinkQuotes With(Quote quote) => this with { Quotes = [quote, .. Quotes.Take(Kept - 1)] };

    public TableEntity ToRow(PersonKey owner) =>
        new(owner.Partition, RowKeyOf(Link)) { ["Quotes"] = JsonSerializer.Serialize(Quotes, StoredJson.Options) };
}
