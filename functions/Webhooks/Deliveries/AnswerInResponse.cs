using System.Text;
using System.Text.Json;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Users;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Deliveries;

/// <summary>
/// A 2xx answer to <c>user.data_request</c> whose body is <c>{ "userData": { … } }</c> is the partner's answer,
/// exactly as if it had been PUT. An empty body or another object means that it was received. What cannot be read, or
/// not be taken, leaves a note on the attempt and on the data request.
/// </summary>
internal sealed class AnswerInResponse(AnswerDataRequest answers)
{
    private const string Wanted = "An answer is { \"userData\": { … } }, in UTF-8.";

    /// <summary>What stands within <c>userData</c>: found beside it, it was meant to be an answer.</summary>
    private static readonly string[] Fields = [.. UserField.All.Select(field => field.Name)];

    /// <summary>Takes the answer, if it is one, and says what was made of it.</summary>
    /// <param name="linkId">The request's link.</param>
    /// <param name="body">Of the 2xx answer.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<string?> TakeAsync(string linkId, AnswerBody body, CancellationToken ct)
    {
        var id = DataRequestId.Of(LinkId.FromStorage(linkId));
        if (Unreadable(body, out var answer) is { } problem)
            return await NotedAsync(id, problem, ct);
        if (answer is null)
            return null;
        var data = answers.ReadData(answer.Input);
        var reference = answer.Input.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule);
        if (answer.Error is { } error)
            return await NotedAsync(id, NotAccepted(error), ct);
        return await answers.ExecuteAsync(id, reference, data!, ct) switch
        {
            AnswerResult.Refused refused => await NotedAsync(id, NotAccepted(refused.Error), ct),
            AnswerResult.Fulfilled { Warnings: [_, ..] warnings } =>
                $"The answer's userData was merged, but look at this: {Listed(warnings)}.",
            _ => "The answer's userData was merged.",
        };
    }

    /// <summary>
    /// Why a body is no answer although it may have been meant to be one; null where it is an answer, or says
    /// nothing.
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

    /// <summary>Whether a member is meant to be the answer: one of its fields, or its name misspelt.</summary>
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
