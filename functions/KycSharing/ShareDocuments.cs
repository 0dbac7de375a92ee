using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// <c>POST /eapi/v0/identities/share/documents</c> (contract identities, section 3.8): pictures for an operator's review, sealed in the partition of the account's root.
/// </summary>
internal sealed class ShareDocuments(AppTables tables, Arrival arrival, IdentityStore identities, TimeProvider time)
{
    private const int MaxDocuments = 10;

    /// <summary>The kinds, and the field that each of them marks as held.</summary>
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
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "eapi/v0/identities/share/documents")]
        HttpRequest http)
    {
        var ct = http.HttpContext.RequestAborted;
        var partner = http.Partner();
        if (!partner.Settings.KycSharing)
            return IdentityAnswer.Error(IdentityError.FeatureNotEnabled);
        var now = time.Now();
        var body = IdentityInput.Read(http);
        var customer = await CustomerIdentity.ReadAsync(
            body.Input, DateOnly.FromDateTime(now.UtcDateTime), partner.Id, identities, ct);
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
                return IdentityAnswer.Accepted(new { identityReference = key.Reference.Value });
            },
            ct) ?? IdentityAnswer.Error(IdentityError.NotFound);
    }

    private async Task StoreAsync(Person root, CustomerIdentity customer, List<Document> documents, DateTimeOffset at, CancellationToken ct)
    {
        var fields = new Dictionary<string, string>(customer.Fields);
        foreach (var document in documents)
        {
            // Written before the transaction, which they do not fit into; without the row below nothing refers to them.
            foreach (var row in await root.SealImageAsync(document.Image, $"doc_{document.Id}", ct))
                await tables.Users.UpsertEntityAsync(row, TableUpdateMode.Replace, ct);
            root.Put(new TableEntity(root.Key.Partition, $"document|{document.Id}") { ["Kind"] = document.Kind, ["MediaType"] = document.MediaType, ["At"] = at }, at);
            if (Kinds[document.Kind] is { } field)
                fields[field] = $"doc_{document.Id}";
        }
        await UpdateIdentity.MergeChangesAsync(root, fields, customer.Email, at, ct);
        // Verified needs no review, and rejected is an operator's to change: the documents are kept all the same.
        if (root.Kyc is not (KycStatus.Verified or KycStatus.Rejected))
        {
            root.Put(root.Account with { Submission = documents[^1].Id.Text }, at);
            root.MoveKyc(KycStatus.UnderReview, at);
        }
        root.RaiseStatusChange(null, at);
    }

    private static List<Document> ReadDocuments(JsonInput body, DateTimeOffset at)
    {
        const string Member = "documents";
        var documents = new List<Document>();
        if (body.Find(Member) is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() is 0 or > MaxDocuments)
        {
            body.Fail(Member, $"must be an array of 1 to {MaxDocuments} documents");
            return documents;
        }
        foreach (var (item, index) in array.EnumerateArray().Select((item, index) => (item, index)))
        {
            var input = JsonInput.Over(item);
            var kind = input.OneOf("type", Kinds.Keys, required: true);
            if (!input.Has("image"))
                input.Fail("image", "is required");
            var image = UserData.ReadImage(input, "image", out var mediaType);
            foreach (var error in input.Errors)
                body.Fail($"{Member}[{index}].{error.Field}", error.Message);
            if (kind is not null && image is not null)
                documents.Add(new Document(Ulid.New(at), kind, mediaType!, image));
        }
        return documents;
    }

    private sealed record Document(Ulid Id, string Kind, string MediaType, byte[] Image);
}
