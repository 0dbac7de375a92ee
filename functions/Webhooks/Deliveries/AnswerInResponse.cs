using System.Text;
using System.Text.Json;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Statistics;
using Serverless.Functions.Users;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// A 2xx answer to <c>user.data_request</c> whose body is <c>{ "userData": { … } }</c> is the partner's answer,
/// exactly as if it had been PUT. An empty body or another object only acknowledges the request. If a body cannot be
/// parsed or accepted, the attempt and the data request get a note.
/// </summary>
internal sealed class AnswerInResponse(AnswerDataRequest answers, TimeProvider time)
{
    private const string Wanted = "An answer is { \"userData\": { … } }, in UTF-8.";

    /// <summary>
    /// Members of <c>userData</c>: at the top level of the body, they are probably a misplaced answer.
    /// </summary>
    private static readonly string[] Fields = [.. UserField.All.Select(field => field.Name)];

    /// <summary>Accepts the answer, if it is one, and returns a note about it.</summary>
    /// <param name="linkId">The request's link.</param>
    /// <param name="body">Body of the 2xx answer.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<string?> TakeAsync(string linkId, AnswerBody body, CancellationToken ct)
    {
        var id = DataRequestId.Of(LinkId.FromStorage(linkId));
        if (Unreadable(body, out var answer) is { } problem)
            return await NotedAsync(id, problem, ct);
        if (answer is null)
            return null;
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var data = UserData.Read(answer.Input, today, partial: true);
        var reference = answer.Input.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule);
        if (answer.Error is { } error)
            return await NotedAsync(id, NotAccepted(error), ct);
        return await answers.ExecuteAsync(
            id,
            reference is null ? null : ReferenceId.FromStorage(reference),
            data!,
            Measure.RequestsAnsweredInResponse,
            ct
        ) switch
        {
            AnswerResult.Refused refused => await NotedAsync(id, NotAccepted(refused.Error), ct),
            AnswerResult.Fulfilled when data!.Warnings is [_, ..] warnings =>
                $"The answer's userData was merged, but look at this: {Listed(warnings)}.",
            _ => "The answer's userData was merged.",
        };
    }

    /// <summary>
    /// Why a body is invalid although it was probably meant as an answer; null if it is an answer, or only
    /// acknowledges.
    /// </summary>
    private static string? Unreadable(AnswerBody body, out JsonBody? answer)
    {
        answer = null;
        if (body.Problem is { } problem)
            return OnlyReceived(problem);
        if (string.IsNullOrWhiteSpace(Encoding.UTF8.GetString(body.Bytes)))
            return null;
        var read = JsonInput.Parse(body.Bytes);
        if (read.Refusal is { } refusal)
            return OnlyReceived(string.Join("; ", refusal.Details.Select(detail => detail.Message)));
        if (read.Input.Find("userData") is not null)
            answer = read;
        else if (read.Input.Unknown([]).Any(member => IsMisplaced(member.Name, read.Input.Find(member.Name))))
            return OnlyReceived("has no member userData");
        return null;
    }

    private static string OnlyReceived(string because) =>
        $"The answer's body {because}, so it only says that the request was received. {Wanted}";

    /// <summary>
    /// True if a member is probably a misplaced answer: a field of <c>userData</c>, or that name misspelt.
    /// </summary>
    private static bool IsMisplaced(string name, JsonElement? value)
    {
        if (Fields.Contains(name))
            return true;
        var plain = name.Replace("_", "", StringComparison.Ordinal);
        if (plain.Equals("userData", StringComparison.OrdinalIgnoreCase))
            return true;
        return value is { ValueKind: JsonValueKind.Object } inner && inner.TryGetProperty("userData", out _);
    }

    private async Task<string> NotedAsync(DataRequestId id, string note, CancellationToken ct)
    {
        await answers.NoteAsync(id, note, ct);
        return note;
    }

    private static string NotAccepted(ApiError error) =>
        $"The answer's userData was not accepted: {(error.Details.Count == 0 ? error.Code : Listed(error.Details))}.";

    private static string Listed(IReadOnlyList<ErrorDetail> details) =>
        string.Join("; ", details.Select(detail => $"{detail.Field} {detail.Message}"));
}
