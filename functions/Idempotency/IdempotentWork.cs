using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Idempotency;

/// <summary>A request that may come with an <c>Idempotency-Key</c>: /docs/idempotency#the-rules.</summary>
/// <param name="Http">The request.</param>
/// <param name="Partner">Keys are per partner.</param>
/// <param name="Key">The key from <see cref="IdempotentWork.ReadKey"/>; null if none was sent.</param>
/// <param name="Body">The exact bytes.</param>
internal sealed record IdempotentRequest(HttpRequest Http, PartnerId Partner, string? Key, byte[] Body)
{
    /// <summary>Errors that earlier builds stored only by code. The last one also stands for unknown codes.</summary>
    public IReadOnlyList<ApiError> RememberedByCode { get; init; } = [];
}

/// <summary>
/// What a request will create, decided before it starts. A repetition gets the plan of the first request with its key,
/// so it finishes or finds the same work.
/// </summary>
/// <param name="ResourceId">The id of the resource to create.</param>
/// <param name="Secret">A secret that the answer shows once; stored encrypted.</param>
internal sealed record WorkPlan(string ResourceId, string Secret = "")
{
    /// <summary>True where the request has a key, so another request may run the same plan concurrently.</summary>
    public bool IsShared { get; init; }

    /// <summary>True where an earlier request had this plan, so the resource may already exist.</summary>
    public bool IsRepeated { get; init; }

    /// <summary>
    /// True where the earlier request answered with an existing resource (<see cref="WorkResult.Found"/>), which
    /// <see cref="ResourceId"/> now names.
    /// </summary>
    public bool IsFound { get; init; }
}

/// <summary>The result of a request, which also decides the answer to its repetitions.</summary>
internal abstract record WorkResult
{
    /// <summary>
    /// Done as planned, or not yet possible. A repetition runs the plan again, finds the resource and shows it, so no
    /// answer is stored: it may contain secrets and personal data.
    /// </summary>
    public sealed record Planned(IResult Answer) : WorkResult;

    /// <summary>The answer is an existing resource instead of the planned one, for repetitions too.</summary>
    public sealed record Found(string ResourceId, IResult Answer) : WorkResult;

    /// <summary>Refused. Repetitions are refused too, even after the reason is gone.</summary>
    public sealed record Refused(ApiError Error) : WorkResult;
}

/// <summary>
/// Makes a request with an <c>Idempotency-Key</c> idempotent: claims the key together with the plan, does the work,
/// and stores the outcome if the plan is not enough to repeat the answer. After a crash between any two steps, the
/// repetition does the rest.
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
    /// <param name="request">The validated request; an invalid one must not use up its key.</param>
    /// <param name="plan">The plan to use if this is the first request with its key.</param>
    /// <param name="work">Runs a plan: creates the resource that it names, or finds it.</param>
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

    /// <summary>Answers with a stored outcome: an error as JSON or as a code, or the id of a found resource.</summary>
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

    // No comma, because repeated headers arrive as one value, joined by commas.
    [GeneratedRegex(@"^[\x20-\x2B\x2D-\x7E]{1,255}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Printable();
}
