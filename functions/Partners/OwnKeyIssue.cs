using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;

namespace Serverless.Functions.Partners;

/// <summary>What issuing a key has in common, of whichever API it is, where the partner does it itself.</summary>
internal sealed class OwnKeyIssue(IdempotentWork idempotency, RequestReader requests)
{
    /// <summary>More than anybody needs: a list of them is one answer.</summary>
    public const int MostKeys = 20;

    /// <summary>Reads the request and issues a key once, however often it is sent.</summary>
    /// <param name="http">The request.</param>
    /// <param name="planned">A new key: its id and its secret.</param>
    /// <param name="issue">Issues the key of a plan, under the name that was asked for.</param>
    public async Task<IResult> RunAsync(
        HttpRequest http,
        WorkPlan planned,
        Func<string?, WorkPlan, Task<WorkResult>> issue
    )
    {
        var body = await JsonInput.ReadAsync(http, NewKeyRequest.MaxBody, optional: true);
        var idempotencyKey = IdempotentWork.ReadKey(http, body.Input);
        var asked = requests.Read<NewKeyRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await idempotency.RunAsync(
            new IdempotentRequest(http, http.Partner().Id, idempotencyKey, body.Bytes),
            planned,
            plan => issue(asked.Name, plan)
        );
    }

    /// <summary>Why a plan's key is not shown; null where it is.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="isKnown">Whether the partner has its key.</param>
    /// <param name="count">How many keys the partner has.</param>
    public static WorkResult? Refusal(WorkPlan plan, bool isKnown, int count)
    {
        // Issued before: a repetition shows it, but does not bring it back after it was revoked.
        if (plan.IsFound && !isKnown)
            return new WorkResult.Planned(Answer.Error(ApiError.NotFound));
        return !plan.IsRepeated && count >= MostKeys ? new WorkResult.Refused(ApiError.TooManyKeys) : null;
    }
}
