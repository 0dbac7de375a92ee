using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Takes pictures for an operator's review, encrypted in the partition of the account's root. Two formats:
/// <c>documents</c>, or <c>identityDocuments</c> with pictures and a number, as official clients send.
/// </summary>
internal sealed class ShareDocuments(
    RequestReader requests,
    IdPictures pictures,
    Arrival arrival,
    IdentityStore identities,
    TimeProvider time
)
{
    /// <summary>The kinds of document, each with the field that it sets.</summary>
    public static IReadOnlyDictionary<string, string?> Kinds { get; } =
        new Dictionary<string, string?>
        {
            ["PASSPORT"] = IdentityData.Document,
            ["DRIVING_LICENSE"] = IdentityData.Document,
            ["IDENTIFICATION"] = IdentityData.Document,
            ["SELFIE"] = null,
            ["PROOF_OF_ADDRESS"] = IdentityData.ProofOfAddress,
            ["SOURCE_OF_FUNDS"] = null,
        };

    /// <summary>Share documents</summary>
    /// <remarks>
    /// For partners for whom KYC sharing is enabled: the customer's data and pictures of documents, which we review.
    /// They also meet the requirements <c>DOCUMENT</c> (<c>PASSPORT</c>, <c>DRIVING_LICENSE</c>, <c>IDENTIFICATION</c>)
    /// and <c>POA</c> (<c>PROOF_OF_ADDRESS</c>) of eligibility. The identity is created if it is new. The body may have
    /// 10 MB.
    /// <para>The result comes as <c>kyc.status</c> of the identity, and by the webhook <c>kyc</c>.</para>
    /// </remarks>
    [Function(nameof(ShareDocuments))]
    [Answers(202, typeof(AcceptedSubmission))]
    [MaxBody(IdentityInput.MaxDocuments)]
    [Accepts(typeof(ShareDocumentsRequest))]
    [Refuses(400, IdentityErrorCodes.FeatureNotEnabled)]
    [Refuses(404, IdentityErrorCodes.NotFound)]
    [Refuses(409, IdentityErrorCodes.EmailBusy)]
    [Refuses(422, IdentityErrorCodes.IdentityMergeConflict)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/share/documents")]
            HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner();
        if (!partner.Settings.KycSharing)
            return IdentityAnswer.Error(IdentityError.FeatureNotEnabled);
        var now = time.Now();
        var body = IdentityInput.Read(http);
        var country = await identities.CountryForAsync(body.Input, partner.Id, fromPath: null, ct);
        var request = requests.Read<ShareDocumentsRequest>(body.Input, country);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);

        var key = new PersonKey(partner.Id, request.IdentityReference);
        if (await arrival.ExecuteAsync(http, key, request.Email, EmailChannel.Documents, ct) is { } refusal)
            return refusal;
        var documents = DocumentsOf(request, now);
        return await identities.ChangeAsync(
                key,
                [],
                async identity =>
                {
                    if (identity.Root.ErasedAt is not null)
                        return IdentityAnswer.Error(IdentityError.NotFound);
                    await StoreAsync(identity.Root, request, documents, now, ct);
                    return IdentityAnswer.Accepted(new AcceptedSubmission { IdentityReference = key.Reference.Value });
                },
                ct
            ) ?? IdentityAnswer.Error(IdentityError.NotFound);
    }

    private async Task StoreAsync(
        Person root,
        CustomerSubmission customer,
        List<Document> documents,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        var fields = customer.ToFields();
        foreach (var document in documents)
        {
            // Pictures exceed the limit of a transaction, so they are written first; nothing refers to them without
            // the row below.
            await pictures.StoreAsync(root, document.Picture.Bytes, $"doc_{document.Id}", ct);
            var number = document.Number is null
                ? null
                : await root.SealAsync(document.Number, SharedDocument.NumberPurpose(document.Id), ct);
            root.Put(
                new SharedDocument(root.Key, document.Id, document.Kind, document.Picture.MediaType, number, at),
                at
            );
            if (Kinds[document.Kind] is { } field)
                fields[field] = $"doc_{document.Id}";
        }
        await UpdateIdentity.MergeChangesAsync(root, fields, customer.Email, at, ct);
        // Verified needs no review, and only an operator may change rejected: the documents are stored in any case.
        if (root.User.Kyc is not (KycStatus.Verified or KycStatus.Rejected))
        {
            root.Put(root.Account with { Submission = documents[^1].Id.Text }, at);
            root.Set(root.User.MoveKyc(KycStatus.UnderReview, at), at);
        }
        root.RaiseStatusChange(null, at);
    }

    private static List<Document> DocumentsOf(ShareDocumentsRequest request, DateTimeOffset at) =>
        [
            .. from sent in request.IdentityDocuments ?? []
            from image in sent.Images
            select new Document(Ulid.New(at), sent.Type, image.Link, sent.Data?.Number),
            .. from sent in request.Documents ?? []
            select new Document(Ulid.New(at), sent.Type, sent.Image, Number: null),
        ];

    /// <param name="Id">Its row's id.</param>
    /// <param name="Kind">One of <see cref="Kinds"/>.</param>
    /// <param name="Picture">The picture.</param>
    /// <param name="Number">The document's number, if it was given.</param>
    private sealed record Document(Ulid Id, string Kind, Picture Picture, string? Number);
}
