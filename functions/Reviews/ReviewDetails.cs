using Azure.Data.Tables;
using Serverless.Functions.Cip;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Reviews;

/// <summary>
/// What an operator needs to decide about a person, read from the person's own rows. Values are masked.
/// </summary>
internal sealed class ReviewDetails(AppTables tables, ReviewIndex index, PersonStore persons)
{
    /// <summary>The review; null where the person waits no more.</summary>
    public async Task<ReviewItem?> FindAsync(PersonKey key, CancellationToken ct)
    {
        var person = await index.ReadAsync(key, ct);
        if (OpenReview.Of(person) is not { } open || await ReferenceOfAsync(person, ct) is not { } reference)
            return null;
        var rows = await RowsAsync(key, ct);
        var ticket = open.Kind == ReviewKind.Cip ? person.CurrentTicket : null;
        var screenings = await ScreeningsAsync(person, rows, ct);
        var decisions = await DecisionsAsync(person, rows, ct);
        var documents = rows.Where(row => SharedDocument.Kind.Covers(row.RowKey)).Select(SharedDocument.FromRow);
        return new ReviewItem
        {
            Kind = open.Kind,
            PartnerId = key.Partner.Value,
            Reference = reference,
            Since = open.Since,
            UserId = person.User.UserId,
            Status = person.User.Status,
            KycStatus = person.User.Kyc,
            Blocked = person.Account.Blocked,
            OtherReferences = [.. References(person).Where(other => other != reference)],
            Found = ticket is null
                ? FoundAbout(person, screenings, documents, since: decisions.LastOrDefault()?.At)
                : FoundBy(ticket),
            TicketId = ticket?.Id.Value,
            Values = await ValuesAsync(person, ct),
            MissingFields = person.ErasedAt is null && ticket is not null ? person.MissingCipFields : [],
            Documents = person.ErasedAt is null ? DocumentsOf(person, documents) : [],
            Screenings = screenings,
            Decisions = decisions,
        };
    }

    private static List<ReviewDocument> DocumentsOf(Person person, IEnumerable<SharedDocument> shared)
    {
        var documents = shared
            .Select(document => new ReviewDocument
            {
                PictureId = ViewReviewPicture.IdOf(document),
                Kind = document.DocumentKind,
                At = document.At,
            })
            .ToList();
        if (person.Fields.TryGetValue(UserData.IdImagePath, out var held))
            documents.Add(
                new ReviewDocument
                {
                    PictureId = ViewReviewPicture.IdImage,
                    Kind = ReviewDocument.IdImage,
                    At = held.At,
                }
            );
        return [.. documents.OrderBy(document => document.At)];
    }

    private static List<ReviewFinding> FoundBy(CipTicket ticket) =>
        [ticket.DecidedBy == TicketDecider.Timeout ? ReviewFinding.NoResultInTime : ReviewFinding.ProviderUndecided];

    private static List<ReviewFinding> FoundAbout(
        Person person,
        IEnumerable<ReviewScreening> screenings,
        IEnumerable<SharedDocument> documents,
        DateTimeOffset? since
    )
    {
        bool IsNew(DateTimeOffset at) => since is null || at > since;
        var found = new List<ReviewFinding>();
        if (documents.Any(document => IsNew(document.At)))
            found.Add(ReviewFinding.DocumentsShared);
        var recent = screenings.Where(screening => IsNew(screening.At)).ToList();
        if (recent.Exists(screening => screening.Sanctions))
            found.Add(ReviewFinding.SanctionsMatch);
        if (recent.Exists(screening => screening.Pep))
            found.Add(ReviewFinding.PepMatch);
        if (recent.Exists(screening => screening.IsOld))
            found.Add(ReviewFinding.ScreeningTooOld);
        if (person.All<KycShare>().LastOrDefault() is { } share && IsNew(share.At))
            found.Add(
                share.Outcome == LeaveToReview.Undecided ? ReviewFinding.NoResultInTime : ReviewFinding.SharedElsewhere
            );
        if (person.Account.NeedsOperator && recent.Count == 0)
            found.Add(ReviewFinding.EarlierMatch);
        return found;
    }

    /// <summary>The name by which the person is decided about: a living one of the account.</summary>
    private async Task<string?> ReferenceOfAsync(Person person, CancellationToken ct)
    {
        if (person.ErasedAt is null)
            return person.Key.Reference.Value;
        foreach (var member in person.Account.Members)
        {
            var other = await persons.ReadAsync(
                person.Key with
                {
                    Reference = ReferenceId.FromStorage(member),
                },
                [],
                ct
            );
            if (!other.IsNew && other.ErasedAt is null)
                return member;
        }
        return null;
    }

    private static IEnumerable<string> References(Person person) =>
        person.Account.Members.Prepend(person.Key.Reference.Value);

    private static async Task<List<ReviewValue>> ValuesAsync(Person person, CancellationToken ct)
    {
        var values = new List<ReviewValue>();
        foreach (var (path, held) in person.Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
            values.Add(
                new ReviewValue
                {
                    Path = path,
                    Value = Masking.Mask(path, await person.OpenAsync(held, ct)),
                    Source = held.Source,
                    Since = held.At,
                }
            );
        return values;
    }

    private static async Task<List<ReviewScreening>> ScreeningsAsync(
        Person person,
        IEnumerable<TableEntity> rows,
        CancellationToken ct
    )
    {
        var found = new List<ReviewScreening>();
        if (person.ErasedAt is not null)
            return found;
        foreach (var row in rows.Where(row => Reliance.Kind.Covers(row.RowKey)).Select(Reliance.FromRow))
        {
            var screening = Screening.Parse(await person.OpenAsync(row.SealedScreening, Reliance.ScreeningPurpose, ct));
            found.Add(
                new ReviewScreening
                {
                    At = row.At,
                    Date = screening.Date,
                    Sanctions = screening.Sanctions,
                    Pep = screening.Pep,
                    IsOld = !screening.IsRecent,
                }
            );
        }
        return found;
    }

    private static async Task<List<ReviewDecision>> DecisionsAsync(
        Person person,
        IEnumerable<TableEntity> rows,
        CancellationToken ct
    )
    {
        var found = new List<ReviewDecision>();
        foreach (var review in rows.Where(row => Review.Kind.Covers(row.RowKey)).Select(Review.FromRow))
            found.Add(
                new ReviewDecision
                {
                    Kind = review.TicketId is null ? ReviewKind.Identity : ReviewKind.Cip,
                    Decision = review.Decision,
                    At = review.Id.Time,
                    Operator = review.By,
                    Note =
                        review.SealedNote is { } note && person.ErasedAt is null
                            ? await person.OpenAsync(note, Review.NotePurpose, ct)
                            : null,
                }
            );
        return found;
    }

    /// <summary>Documents, screenings and decisions, oldest first within each kind.</summary>
    private async Task<List<TableEntity>> RowsAsync(PersonKey key, CancellationToken ct)
    {
        string[] kinds = [SharedDocument.Kind.Filter, Reliance.Kind.Filter, Review.Kind.Filter];
        var filter =
            TableClient.CreateQueryFilter($"PartitionKey eq {key.Partition}") + $" and ({string.Join(" or ", kinds)})";
        var rows = new List<TableEntity>();
        await foreach (var row in tables.Users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            rows.Add(row);
        return rows;
    }
}
