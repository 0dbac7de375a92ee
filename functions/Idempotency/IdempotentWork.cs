using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Idempotency;

/// <summary>A request that may come with an <c>Idempotency-Key</c>.</summary>
/// <param name="Http">The request.</param>
/// <param name="Partner">Keys are per partner.</param>
/// <param name="Key">From <see cref="IdempotentWork.ReadKey"/>; null without one.</param>
/// <param name="Body">The exact bytes.</param>
internal sealed record IdempotentRequest(HttpRequest Http, PartnerId Partner, string? Key, byte[] Body)
{
    /// <summary>
    /// Errors that an earlier build remembered by their code alone, the last one also where it has another code.
    /// </summary>
    public IReadOnlyList<ApiError> RememberedByCode { get; init; } = [];
}

/// <summary>
/// What a request is going to make, decided before it begins. A repetition has the plan of the first request with its
/// key: it finishes or finds the same thing.
/// </summary>
/// <param name="ResourceId">What it is going to create.</param>
/// <param name="Secret">What its answer shows once; stored wrapped.</param>
internal sealed record WorkPlan(string ResourceId, string Secret = "")
{
    /// <summary>True where the request has a key: another one may follow the same plan at the same time.</summary>
    public bool IsShared { get; init; }

    /// <summary>True where an earlier request had the plan, so that what it names may exist.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>
    /// True where the earlier request was answered with another resource than it had planned
    /// (<see cref="WorkResult.Found"/>): that one is named here.
    /// </summary>
    public bool IsFound { get; init; }
}

/// <summary>What came of a request, and so what a repetition is told.</summary>
internal abstract record WorkResult
{
    /// <summary>
    /// Done as planned, or not yet possible. Nothing more is stored: a repetition follows the plan again, finds what
    /// was made, and shows it. So no answer, which may hold secrets and a person's data, lies in the table of keys.
    /// </summary>
    public sealed record Planned(IResult Answer) : WorkResult;

    /// <summary>Another resource than the planned one is the answer, also when the request comes again.</summary>
    public sealed record Found(string ResourceId, IResult Answer) : WorkResult;

    /// <summary>Refused, also when the request comes again after the reason is gone.</summary>
    public sealed record Refused(ApiError Error) : WorkResult;
}

/// <summary>
/// Does a request's work once, however often the request comes with its <c>Idempotency-Key</c>: claims the key together
/// with the plan, does the work, stores how it ended where the plan does not tell, and answers repetitions with it. A
/// crash between any two of these leaves nothing stuck: the repetition does the rest.
/// </summary>
internal sealed partial class IdempotentWork(IdempotencyStore store)
{
    private const string KeyHeader = "Idempotency-Key";
    private const string ReplayedHeader = "Idempotency-Replayed";

    /// <summary>Reads the optional header; notes what is wrong with it.</summary>
    public static string? ReadKey(HttpRequest request, JsonInput errors)
    {
        if (request.HeaderText(KeyHeader) is not { } key)
            return null;
        if (Printable().IsMatch(key))
            return key;
        errors.Fail(KeyHeader, "must be sent once and have 1 to 255 printable ASCII characters, but no comma");
        return null;
    }

    /// <summary>Answers a request.</summary>
    /// <param name="request">Already validated: one that is not valid leaves its key free.</param>
    /// <param name="plan">What it is going to make, if it is the first with its key.</param>
    /// <param name="work">Follows a plan: makes what it names, or finds it.</param>
    public async Task<IResult> RunAsync(IdempotentRequest request, WorkPlan plan, Func<WorkPlan, Task<WorkResult>> work)
    {
        if (request.Key is not { } key)
            return AnswerOf(await work(plan));
        var ct = request.Http.HttpContext.RequestAborted;
        var claim = await store.ClaimAsync(request, key, plan, ct);
        switch (claim)
        {
            case IdempotencyClaim.Reused:
                return Answer.Error(ApiError.IdempotencyKeyReused);
            case IdempotencyClaim.First first:
                return await WorkAsync(first.Claim, plan with { IsShared = true }, work, ct);
            case IdempotencyClaim.Again again:
                request.Http.HttpContext.Response.Headers[ReplayedHeader] = "true";
                var known = again.Plan with { IsShared = true, IsRepeated = true };
                return again.Outcome is { } outcome
                    ? await ReplayAsync(request, known, outcome, work)
                    : await WorkAsync(again.Claim, known, work, ct);
            default:
                throw new InvalidOperationException($"Nothing handles {claim.GetType().Name}.");
        }
    }

    private async Task<IResult> WorkAsync(
        string claim,
        WorkPlan plan,
        Func<WorkPlan, Task<WorkResult>> work,
        CancellationToken ct
    )
    {
        var result = await work(plan);
        var outcome = result switch
        {
            WorkResult.Refused { Error: var error } => JsonSerializer.Serialize(error, StoredJson.Options),
            WorkResult.Found { ResourceId: var found } => found,
            _ => null,
        };
        if (outcome is not null)
            await store.StoreOutcomeAsync(claim, outcome, ct);
        return AnswerOf(result);
    }

    /// <summary>Answers with a stored outcome: an error whole or by its code, or the id of what was found.</summary>
    private static async Task<IResult> ReplayAsync(
        IdempotentRequest request,
        WorkPlan plan,
        string outcome,
        Func<WorkPlan, Task<WorkResult>> work
    )
    {
        if (outcome.StartsWith('{'))
            return Answer.Error(JsonSerializer.Deserialize<ApiError>(outcome, StoredJson.Options)!);
        return request.RememberedByCode is [.., var last]
            ? Answer.Error(request.RememberedByCode.FirstOrDefault(error => error.Code == outcome) ?? last)
            : AnswerOf(await work(plan with { ResourceId = outcome, IsFound = true }));
    }

    private static IResult AnswerOf(WorkResult result) =>
        result switch
        {
            WorkResult.Planned { Answer: var answer } => answer,
            WorkResult.Found { Answer: var answer } => answer,
            WorkResult.Refused { Error: var error } => Answer.Error(error),
            _ => throw new InvalidOperationException($"Nothing handles {result.GetType().Name}."),
        };

    // Without the comma: two headers of this name arrive as one, joined by it.
    [GeneratedRegex(@"^[\x20-\x2B\x2D-\x7E]{1,255}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Printable();
}
