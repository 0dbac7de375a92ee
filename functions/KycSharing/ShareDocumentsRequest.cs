using Serverless.Functions.Http;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Pictures of a person's documents, in one of two forms or both: at least one picture, and at most 10 in all.
/// </summary>
internal sealed record ShareDocumentsRequest : CustomerSubmission, ICheckedBody
{
    /// <summary>The most pictures of a request, and the most items of each of its lists.</summary>
    public const int MaxPictures = 10;

    /// <summary>The documents, one picture each. It may only be left out where <c>identityDocuments</c> is given.
    /// </summary>
    [NestedList(1, MaxPictures)]
    public IReadOnlyList<SentPicture>? Documents { get; init; }

    /// <summary>The documents with several pictures each, and their numbers.</summary>
    [NestedList(1, MaxPictures)]
    public IReadOnlyList<SentDocument>? IdentityDocuments { get; init; }

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        if (!body.Has("documents") && !body.Has("identityDocuments"))
            body.Fail("documents", JsonInput.ArrayRule(1, MaxPictures));
        if ((Documents?.Count ?? 0) + (IdentityDocuments ?? []).Sum(sent => sent.Images.Count) > MaxPictures)
            body.Fail("identityDocuments", $"must have at most {MaxPictures} pictures in all");
    }
}

/// <summary>A picture of a document.</summary>
internal sealed record SentPicture
{
    /// <summary>What it is a picture of.</summary>
    /// <example>PASSPORT</example>
    [DocumentKind(Required = true)]
    public string Type { get; init; } = "";

    /// <summary>
    /// The picture as a data URI: JPEG or PNG, at most 5 MB when decoded. Nothing is fetched from a link.
    /// </summary>
    /// <example>data:image/jpeg;base64,/9j/4AAQSkZJRg==</example>
    [Picture]
    public Picture Image { get; init; } = null!;
}

/// <summary>A document with its pictures.</summary>
internal sealed record SentDocument
{
    /// <summary>What document it is.</summary>
    /// <example>DRIVING_LICENSE</example>
    [DocumentKind(Required = true)]
    public string Type { get; init; } = "";

    /// <summary>Its pictures, for example of the front and the back.</summary>
    [NestedList(1, ShareDocumentsRequest.MaxPictures, Required = true)]
    public IReadOnlyList<SentImage> Images { get; init; } = [];

    /// <summary>What is written on it.</summary>
    [Nested]
    public SentDocumentData? Data { get; init; }
}

/// <summary>A picture of a document that has several.</summary>
internal sealed record SentImage
{
    /// <summary>
    /// The picture as a data URI: JPEG or PNG, at most 5 MB when decoded. Nothing is fetched from a link.
    /// </summary>
    /// <example>data:image/jpeg;base64,/9j/4AAQSkZJRg==</example>
    [Picture]
    public Picture Link { get; init; } = null!;
}

/// <summary>What is written on a document.</summary>
internal sealed record SentDocumentData
{
    /// <summary>The document's number.</summary>
    /// <example>D1234567</example>
    [Text(1, 100)]
    public string? Number { get; init; }

    /// <inheritdoc/>
    public override string ToString() => nameof(SentDocumentData);
}

/// <summary>One of the kinds of documents.</summary>
internal sealed class DocumentKindAttribute() : OneOfAttribute([.. ShareDocuments.Kinds.Keys]);
