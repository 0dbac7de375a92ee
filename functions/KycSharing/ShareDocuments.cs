using System.Text.Json;
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
/// <c>POST /eapi/v0/identities/share/documents</c>: pictures for an operator's review, encrypted in the partition of
/// the account's root. Two formats: <c>documents</c>, or <c>identityDocuments</c> with pictures and a number, as
/// official clients send.
/// </summary>
internal sealed class ShareDocuments(IdPictures pictures, Arrival arrival, IdentityStore identities, TimeProvider time)
{
    private const int MaxDocuments = 10;
    private const string Own = "documents";
    private const string OfClients = "identityDocuments";

    /// <summary>The kinds of document, each with the field that it sets.</summary>
    private static readonly Dictionary<string, string?> Kinds = new()
    {
        ["PASSPORT"] = IdentityData.Document,
        ["DRIVING_LICENSE"] = IdentityData.Document,
        ["IDENTIFICATION"] = IdentityData.Document,
        ["SELFIE"] = null,
        ["PROOF_OF_ADDRESS"] = IdentityData.ProofOfAddress,
        ["SOURCE_OF_FUNDS"] = null,
    };

    [Function(nameof(ShareDocuments))]
    [Answers(202, typeof(AcceptedSubmission))]
    [MaxBody(IdentityInput.MaxDocuments)]
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
        var customer = await CustomerIdentity.ReadAsync(
            body.Input,
            DateOnly.FromDateTime(now.UtcDateTime),
            partner.Id,
            identities,
            ct
        );
        var documents = ReadDocuments(body.Input, now);
        if (body.IdentityError() is { } error)
            return IdentityAnswer.Error(error);

        var key = new PersonKey(partner.Id, ReferenceId.FromStorage(customer.Reference));
        if (await arrival.ExecuteAsync(http, key, customer.Email, EmailChannel.Documents, ct) is { } refusal)
            return refusal;
        return await identities.ChangeAsync(
                key,
                [],
                async identity =>
                {
                    if (identity.Root.ErasedAt is not null)
                        return IdentityAnswer.Error(IdentityError.NotFound);
                    await StoreAsync(identity.Root, customer, documents, now, ct);
                    return IdentityAnswer.Accepted(new AcceptedSubmission { IdentityReference = key.Reference.Value });
                },
                ct
            ) ?? IdentityAnswer.Error(IdentityError.NotFound);
    }

    private async Task StoreAsync(
        Person root,
        CustomerIdentity customer,
        List<Document> documents,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        var fields = new Dictionary<string, string>(customer.Fields);
        foreach (var document in documents)
        {
            // Pictures exceed the limit of a transaction, so they are written first; nothing refers to them without
            // the row below.
            await pictures.StoreAsync(root, document.Image, $"doc_{document.Id}", ct);
            var number = document.Number is null
                ? null
                : await root.SealAsync(document.Number, SharedDocument.NumberPurpose(document.Id), ct);
            root.Put(new SharedDocument(root.Key, document.Id, document.Kind, document.MediaType, number, at), at);
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

    private static List<Document> ReadDocuments(JsonInput body, DateTimeOffset at)
    {
        List<Document> documents = [];
        if (body.Has(OfClients))
            ReadOfClients(body, documents, at);
        if (body.Has(Own) || !body.Has(OfClients))
            ReadOwn(body, documents, at);
        if (documents.Count > MaxDocuments)
            body.Fail(OfClients, $"must have at most {MaxDocuments} pictures in all");
        return documents;
    }

    /// <summary><c>[{ "type", "image": data URI }]</c>.</summary>
    private static void ReadOwn(JsonInput body, List<Document> documents, DateTimeOffset at)
    {
        foreach (var (item, place) in ItemsOf(body, Own))
        {
            var input = JsonInput.Over(item);
            var kind = input.OneOf("type", Kinds.Keys, required: true);
            var picture = ReadPicture(input, "image");
            Note(body, place, input);
            if (kind is not null && picture is var (mediaType, image))
                documents.Add(new Document(Ulid.New(at), kind, mediaType, image, Number: null));
        }
    }

    /// <summary><c>[{ "type", "images": [{ "link": data URI }], "data": { "number" } }]</c>.</summary>
    private static void ReadOfClients(JsonInput body, List<Document> documents, DateTimeOffset at)
    {
        foreach (var (item, place) in ItemsOf(body, OfClients))
        {
            var input = JsonInput.Over(item);
            var kind = input.OneOf("type", Kinds.Keys, required: true);
            var number = input.Object("data")?.Text("number");
            foreach (var (image, within) in ItemsOf(input, "images"))
            {
                var link = JsonInput.Over(image);
                var picture = ReadPicture(link, "link");
                Note(input, within, link);
                if (kind is not null && picture is var (mediaType, bytes))
                    documents.Add(new Document(Ulid.New(at), kind, mediaType, bytes, number));
            }
            Note(body, place, input);
        }
    }

    /// <summary>Reads a required picture; the server never fetches a URL for it.</summary>
    private static (string MediaType, byte[] Image)? ReadPicture(JsonInput input, string member)
    {
        if (input.Find(member) is not { } value)
        {
            input.Fail(member, "is required");
            return null;
        }
        if (
            value.ValueKind == JsonValueKind.String
            && JsonInput.TextOf(value)?.StartsWith("http", StringComparison.OrdinalIgnoreCase) == true
        )
        {
            input.Fail(
                member,
                "must be the picture itself as a data URI (data:image/jpeg;base64,…): nothing is fetched from a link"
            );
            return null;
        }
        return UserData.ReadImage(input, member, out var mediaType) is { } image ? (mediaType!, image) : null;
    }

    /// <summary>
    /// The items of an array of valid length, each with its path; none, after an error was noted, if it is invalid.
    /// </summary>
    private static IEnumerable<(JsonElement Item, string Place)> ItemsOf(JsonInput input, string member)
    {
        if (
            input.Find(member) is { ValueKind: JsonValueKind.Array } array
            && array.GetArrayLength() is > 0 and <= MaxDocuments
        )
            return array.EnumerateArray().Select((item, index) => (item, $"{member}[{index}]"));
        input.Fail(member, $"must be an array of 1 to {MaxDocuments}");
        return [];
    }

    private static void Note(JsonInput outer, string place, JsonInput inner)
    {
        foreach (var error in inner.Errors)
            outer.Fail($"{place}.{error.Field}", error.Message);
    }

    /// <param name="Id">Its row's id.</param>
    /// <param name="Kind">One of <see cref="Kinds"/>.</param>
    /// <param name="MediaType">Of the picture.</param>
    /// <param name="Image">The picture.</param>
    /// <param name="Number">The document's number, if it was given.</param>
    private sealed record Document(Ulid Id, string Kind, string MediaType, byte[] Image, string? Number);
}
