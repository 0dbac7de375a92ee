using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.Reviews;

/// <summary>
/// <c>GET /operator/partners/{id}/reviews/{reference}/pictures/{pictureId}</c>: only of somebody who waits, since
/// nobody needs it later.
/// </summary>
internal sealed class ViewReviewPicture(AppTables tables, ReviewIndex index, IdPictures pictures)
{
    /// <summary>The id of the picture that came with <c>userData</c>; documents have theirs.</summary>
    public const string IdImage = "idImage";

    private const string DocumentPrefix = "doc_";

    /// <summary>View a picture of a document</summary>
    /// <remarks>
    /// The picture itself, of a person who waits for a decision (<c>GET /operator/reviews</c> names it); of anybody
    /// else there is none. That you looked at it is written into the audit, as an act is: say who you are and why.
    /// </remarks>
    [Function(nameof(ViewReviewPicture))]
    [Audited]
    [AnswersPicture("The picture. Do not keep it: nothing on the way may, either (`no-store`).")]
    public async Task<IResult> Run(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "get",
            "head",
            Route = "operator/partners/{id}/reviews/{reference}/pictures/{pictureId}"
        )]
            HttpRequest http,
        string id,
        string reference,
        string pictureId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!PartnerId.TryParse(id, out var partner) || !IdentityReference.TryParse(reference, out var known))
            return Answer.Error(ApiError.NotFound);
        var person = await index.ReadAsync(new PersonKey(partner, known), ct);
        if (person.IsNew || person.ErasedAt is not null || OpenReview.Of(person) is null)
            return Answer.Error(ApiError.NotFound);
        return await FindAsync(person, pictureId, ct) is { } picture
            ? Answer.Picture(picture.MediaType, picture.Bytes, pictureId)
            : Answer.Error(ApiError.NotFound);
    }

    /// <summary>The id of a document's picture.</summary>
    public static string IdOf(SharedDocument document) => DocumentPrefix + document.Id;

    private Task<Picture?> FindAsync(Person person, string pictureId, CancellationToken ct)
    {
        if (pictureId == IdImage)
            return FindIdImageAsync(person, ct);
        return
            pictureId.StartsWith(DocumentPrefix, StringComparison.Ordinal)
            && Ulid.TryParse(pictureId.AsSpan(DocumentPrefix.Length), out var document)
            ? FindDocumentAsync(person, document, ct)
            : Task.FromResult<Picture?>(null);
    }

    private async Task<Picture?> FindIdImageAsync(Person person, CancellationToken ct) =>
        person.Fields.TryGetValue(UserData.IdImagePath, out var held)
        && await pictures.ReadAsync(person, held.Via, ct) is { } bytes
            ? new Picture(await person.OpenAsync(held, ct), bytes)
            : null;

    private async Task<Picture?> FindDocumentAsync(Person person, Ulid id, CancellationToken ct)
    {
        var row = await tables.Users.GetEntityIfExistsAsync<TableEntity>(
            person.Key.Partition,
            SharedDocument.Kind.KeyOf(id),
            cancellationToken: ct
        );
        if (!row.HasValue)
            return null;
        var document = SharedDocument.FromRow(row.Value!);
        return await pictures.ReadAsync(person, IdOf(document), ct) is { } bytes
            ? new Picture(document.MediaType, bytes)
            : null;
    }
}
