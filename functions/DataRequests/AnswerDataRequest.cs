using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Links;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;
using Serverless.Functions.Webhooks;

namespace Serverless.Functions.DataRequests;

/// <summary>What came of an answer.</summary>
internal abstract record AnswerResult
{
    /// <summary>Merged, now or by the same answer before.</summary>
    public sealed record Fulfilled(DataRequest Request) : AnswerResult;

    /// <summary>Nothing was merged.</summary>
    public sealed record Refused(ApiError Error) : AnswerResult;
}

/// <summary><c>PUT /partner/data-requests/{id}</c>, and the same answer inside a webhook's own response (contract m2m, sections 3.4 and 8).</summary>
internal sealed class AnswerDataRequest(AppTables tables, PersonStore persons, LinkIndex index, TimeProvider time)
{
    private const int MaxBody = 8 * 1024 * 1024;

    [Function(nameof(AnswerDataRequest))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "partner/data-requests/{dataRequestId}")]
        HttpRequest http,
        string dataRequestId)
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var reference = body.Input.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule, required: true);
        var data = ReadData(body.Input);
        if (!DataRequestId.TryParse(dataRequestId, out var id) || id.Link.Partner != http.Partner().Id)
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await ExecuteAsync(id, reference, data!, ct) switch
        {
            AnswerResult.Fulfilled({ } request) => Answer.Ok(new
            {
                dataRequestId = id.Value,
                status = request.Stored,
                linkId = id.Link.Value,
                message = "The data was received and merged.",
                fulfilledAt = request.FulfilledAt,
            }),
            AnswerResult.Refused refused => Answer.Error(refused.Error),
            _ => throw new InvalidOperationException("An answer is fulfilled or refused."),
        };
    }

    /// <summary>Reads the <c>userData</c> of an answer: any of the fields, none of them required.</summary>
    public UserData? ReadData(JsonInput body)
    {
        if (!body.Has("userData"))
            body.Fail("userData", "is required");
        return UserData.Read(body, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), partial: true);
    }

    /// <summary>Merges an answer, unless the request is closed. The same answer again gives the same result.</summary>
    /// <param name="id">The request.</param>
    /// <param name="reference">Whom the answer says it is about; null where it does not say (a webhook's response).</param>
    /// <param name="data">What it says.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<AnswerResult> ExecuteAsync(DataRequestId id, string? reference, UserData data, CancellationToken ct)
    {
        if (await index.FindOwnerAsync(id.Link, ct) is not { } owner)
            return new AnswerResult.Refused(ApiError.NotFound);
        if (reference is not null && reference != owner.Reference.Value)
            return new AnswerResult.Refused(ApiError.ReferenceIdMismatch);
        var imageStored = false;
        return await persons.ChangeAsync<AnswerResult>(owner, [Link.RowKeyOf(id.Link), DataRequest.RowKeyOf(id)], async person =>
        {
            var now = time.Now();
            if (person.Request(id) is not { } request || person.Link(id.Link) is not { } link)
                return new AnswerResult.Refused(ApiError.NotFound);
            var hash = HashOf(data);
            if (request.Stored == DataRequestStatus.Fulfilled)
                return request.AnswerHash == hash ? new AnswerResult.Fulfilled(request) : new AnswerResult.Refused(ApiError.DataRequestAlreadyFulfilled);
            if (request.Stored == DataRequestStatus.Cancelled)
                return new AnswerResult.Refused(ApiError.LinkRevoked);
            if (!DataRequestTransitions.Allows(request.StatusAt(now), DataRequestStatus.Fulfilled))
                return new AnswerResult.Refused(ApiError.LinkExpired);

            await person.MergeAsync(data, FieldSource.PartnerWebhook, id.Value, now, ct);
            var fulfilled = request with { Stored = DataRequestStatus.Fulfilled, FulfilledAt = now, AnswerHash = hash };
            person.Put(fulfilled.ToRow(), now);
            person.Raise(EventRow.New(WebhookEvents.DataRequestFulfilled, link, now, DataRequestEvents.Closed(fulfilled, link)));
            person.RaiseStatusChange(link, now);
            if (data.IdImage is { } image && !imageStored)
            {
                foreach (var row in await person.SealImageAsync(image, id.Value, ct))
                    await tables.Users.UpsertEntityAsync(row, Azure.Data.Tables.TableUpdateMode.Replace, ct);
                imageStored = true;
            }
            return new AnswerResult.Fulfilled(fulfilled);
        }, ct);
    }

    /// <summary>Over what was validated, so that white space and unknown members make no other answer.</summary>
    private static string HashOf(UserData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, value) in data.Fields.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\0{value}\0"));
        hash.AppendData(data.IdImage ?? []);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
