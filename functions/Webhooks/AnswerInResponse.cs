using Serverless.Functions.DataRequests;
using Serverless.Functions.Http;
using Serverless.Functions.Links;
using Serverless.Functions.Users;

namespace Serverless.Functions.Webhooks;

/// <summary>
/// A 2xx answer to <c>user.data_request</c> whose body is <c>{ "userData": { … } }</c> is the partner's answer, exactly as if it had been PUT (architecture, section 7). Anything
/// else means that it was received.
/// </summary>
internal sealed class AnswerInResponse(AnswerDataRequest answers)
{
    /// <summary>Takes the answer, if it is one, and says what was made of it.</summary>
    /// <param name="linkId">The request's link.</param>
    /// <param name="body">The body of the 2xx answer.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task<string?> TakeAsync(string linkId, byte[] body, CancellationToken ct)
    {
        if (body.Length == 0 || JsonInput.Parse(body) is not { Refusal: null } answer || !answer.Input.Has("userData"))
            return null;
        var data = answers.ReadData(answer.Input);
        var reference = answer.Input.Matching("referenceId", ReferenceId.Pattern, ReferenceId.Rule);
        if (answer.Error is { } error)
            return $"The answer's userData was not accepted: {string.Join("; ", error.Details.Select(detail => $"{detail.Field} {detail.Message}"))}.";
        return await answers.ExecuteAsync(DataRequestId.Of(LinkId.FromStorage(linkId)), reference, data!, ct) switch
        {
            AnswerResult.Refused refused => $"The answer's userData was not accepted: {refused.Error.Code}.",
            _ => "The answer's userData was merged.",
        };
    }
}
