using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Statistics;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>The result of an answer.</summary>
internal abstract record AnswerResult
{
    /// <summary>The answer was merged, now or when it first came.</summary>
    /// <param name="Request">Its present state.</param>
    public sealed record Fulfilled(DataRequest Request) : AnswerResult;

    /// <summary>Nothing was merged.</summary>
    public sealed record Refused(ApiError Error) : AnswerResult;
}

/// <summary>
/// <c>PUT /partner/data-requests/{id}</c>, and the same answer inside a webhook's own response.
/// </summary>
internal sealed class AnswerDataRequest(
    IdPictures pictures,
    PersonStore persons,
    LinkIndex index,
    RequestReader requests,
    TimeProvider time
)
{
    /// <summary>The largest answer, in bytes.</summary>
    public const int MaxBody = 8 * 1024 * 1024;

    /// <summary>Answer a data request</summary>
    /// <remarks>
    /// Sends what you know of the person, or a part of it: the page asks for the rest, and further answers may still
    /// give it until the link expires. The same answer again gets the same result. Your response to the webhook may
    /// carry the same body instead.
    /// </remarks>
    [Function(nameof(AnswerDataRequest))]
    [Accepts(typeof(DataRequestAnswer))]
    [Answers(200, typeof(AnsweredDataRequest))]
    [Refuses(400, ErrorCodes.ReferenceIdMismatch)]
    [Refuses(409, ErrorCodes.DataRequestAlreadyFulfilled, ErrorCodes.LinkRevoked, ErrorCodes.LinkExpired)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "partner/data-requests/{dataRequestId}")]
            HttpRequest http,
        string dataRequestId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var answer = requests.Read<DataRequestAnswer>(body.Input);
        if (!DataRequestId.TryParse(dataRequestId, out var id) || id.Link.Partner != http.Partner().Id)
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await ExecuteAsync(id, answer.ReferenceId, answer.UserData, Measure.RequestsAnswered, ct) switch
        {
            AnswerResult.Fulfilled { Request: var request } => Answer.Ok(
                new AnsweredDataRequest
                {
                    DataRequestId = id.Value,
                    Status = request.Stored,
                    LinkId = id.Link.Value,
                    Message = request.OpenFields.Any()
                        ? "The data was received and merged. The widget asks for openFields, until you send them."
                        : "The data was received and merged.",
                    FulfilledAt = request.FulfilledAt!.Value,
                    OpenFields = [.. request.OpenFields],
                }
            ),
            AnswerResult.Refused refused => Answer.Error(refused.Error),
            _ => throw new InvalidOperationException("An answer is fulfilled or refused."),
        };
    }

    /// <summary>
    /// Merges an answer, unless the request is closed. Idempotent: the same answer gives the same result. A partial
    /// answer may be followed by others for the fields that are still open.
    /// </summary>
    /// <param name="id">The request.</param>
    /// <param name="reference">
    /// The reference that the answer names; null where it names none (a webhook's response).
    /// </param>
    /// <param name="data">The values.</param>
    /// <param name="countedAs">What a first answer is counted as.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<AnswerResult> ExecuteAsync(
        DataRequestId id,
        ReferenceId? reference,
        UserData data,
        Measure countedAs,
        CancellationToken ct
    )
    {
        if (await index.FindOwnerAsync(id.Link, ct) is not { } owner)
            return new AnswerResult.Refused(ApiError.NotFound);
        if (reference is not null && reference != owner.Reference)
            return new AnswerResult.Refused(ApiError.ReferenceIdMismatch);
        var imageStored = false;
        return await persons.ChangeAsync(
            owner,
            [Link.RowKeyOf(id.Link), DataRequest.RowKeyOf(id)],
            async person =>
            {
                if (person.Request(id) is not { } request || person.Link(id.Link) is not { } link)
                    return new AnswerResult.Refused(ApiError.NotFound);
                var result = await ApplyAsync(person, request, link, data, countedAs, ct);
                // The picture is stored once, although the change may be tried several times.
                if (result is AnswerResult.Fulfilled && person.IsChanged && data.IdImage is { } image && !imageStored)
                {
                    await StoreAsync(person, request, image, ct);
                    imageStored = true;
                }
                return result;
            },
            ct
        );
    }

    private async Task<AnswerResult> ApplyAsync(
        Person person,
        DataRequest request,
        Link link,
        UserData data,
        Measure countedAs,
        CancellationToken ct
    )
    {
        var now = time.Now();
        if (data.Fields.Count == 0)
            return new AnswerResult.Refused(ApiError.Invalid([NothingKnown(request), .. data.Unknown]));
        // A repeated answer gets the same result, even if the request has been closed since.
        var hash = HashOf(data);
        if (request.AnswerHashes.Contains(hash))
            return new AnswerResult.Fulfilled(request);
        if (Closed(request, link, data, now) is { } closed)
            return new AnswerResult.Refused(closed);

        var (given, problem) = await person.ReadNumberAsync(data, ct);
        if (problem is not null)
            return new AnswerResult.Refused(ApiError.Invalid([problem]));

        await person.MergeAsync(given, FieldSource.PartnerWebhook, request.Id.Value, now, ct);
        var answered = request.RequiredFields.Intersect(data.Fields.Keys);
        var fulfilled = request with
        {
            Stored = DataRequestStatus.Fulfilled,
            FulfilledAt = request.FulfilledAt ?? now,
            AnswerHashes = [.. request.AnswerHashes, hash],
            AnsweredFields = [.. (request.AnsweredFields ?? []).Union(answered)],
            AnswerNote = null,
        };
        person.Put(fulfilled, now);
        // The event is raised once per request, not for each partial answer.
        if (IsFirstAnswerOf(request))
            person.Raise(
                LinkEvents.New(
                    PartnerEvents.DataRequestFulfilled,
                    link,
                    now,
                    DataRequestEvents.Closed(fulfilled, link)
                ) with
                {
                    CountedAs = fulfilled.EndingAs(countedAs),
                }
            );
        person.RaiseStatusChange(link.ForEvent, now);
        return new AnswerResult.Fulfilled(fulfilled);
    }

    private Task StoreAsync(Person person, DataRequest request, byte[] image, CancellationToken ct) =>
        IsFirstAnswerOf(request)
            ? pictures.StoreAsync(person, image, request.Id.Value, ct)
            : pictures.ReplaceAsync(person, image, request.Id.Value, ct);

    private static bool IsFirstAnswerOf(DataRequest request) => request.Stored == DataRequestStatus.Pending;

    /// <summary>Notes on an open request why the webhook's response was not accepted as an answer.</summary>
    public async Task NoteAsync(DataRequestId id, string note, CancellationToken ct)
    {
        if (await index.FindOwnerAsync(id.Link, ct) is not { } owner)
            return;
        await persons.ChangeAsync(
            owner,
            [DataRequest.RowKeyOf(id)],
            person =>
            {
                if (person.Request(id) is { Stored: DataRequestStatus.Pending } request && request.AnswerNote != note)
                    person.Put(request with { AnswerNote = note }, time.Now());
                return Task.FromResult(true);
            },
            ct
        );
    }

    private static ErrorDetail NothingKnown(DataRequest request) =>
        new("userData", $"must have at least one of the fields asked for: {string.Join(", ", request.RequiredFields)}");

    /// <summary>Why an answer is too late; null when it is in time.</summary>
    private static ApiError? Closed(DataRequest request, Link link, UserData data, DateTimeOffset now)
    {
        switch (request.StatusAt(now))
        {
            case DataRequestStatus.Pending:
                return null;
            case DataRequestStatus.Cancelled:
                return ApiError.LinkRevoked;
            case DataRequestStatus.Expired:
                return ApiError.LinkExpired;
        }
        // Rows of earlier builds have no list of answered fields: their answers count as complete.
        if (request.AnsweredFields is null || !request.OpenFields.Intersect(data.Fields.Keys).Any())
            return ApiError.DataRequestAlreadyFulfilled;
        if (link.StatusAt(now) == LinkStatus.Revoked)
            return ApiError.LinkRevoked;
        return now >= request.ExpiresAt ? ApiError.LinkExpired : null;
    }

    /// <summary>
    /// Hashes the validated values, so that white space and unknown members do not make it another answer.
    /// </summary>
    private static string HashOf(UserData data)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, value) in data.Fields.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            hash.AppendData(Encoding.UTF8.GetBytes($"{path}\0{value}\0"));
        hash.AppendData(data.IdImage ?? []);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>An answer to a data request.</summary>
internal sealed record DataRequestAnswer
{
    /// <summary>The person's id, as the data request has it: a guard against answers about another person.</summary>
    /// <example>customer-4711</example>
    [ReferenceId(Required = true)]
    public ReferenceId ReferenceId { get; init; } = null!;

    /// <summary>
    /// What you know of the person: at least one of its fields, whether it was asked for or not. What you leave out,
    /// the page asks for.
    /// </summary>
    [UserData(Required = true, Partial = true)]
    public UserData UserData { get; init; } = UserData.None;
}
