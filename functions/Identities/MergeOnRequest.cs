using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// <c>POST /operator/partners/{id}/identities/merge</c>: one account of two references that a partner knows to be one
/// person, by the rules of a merge by e-mail.
/// </summary>
internal sealed class MergeOnRequest(
    PersonStore persons,
    Accounts accounts,
    AccountMerge merges,
    MergeLog log,
    RequestReader requests,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Merge two references</summary>
    /// <remarks>
    /// Makes one account of two references of one person, at the partner's request: the older one survives, and the
    /// better <c>kyc.status</c> counts, unless one is rejected or blocked. Two that are verified as different people
    /// stay as they are. It can be undone as a merge by e-mail can. The same call again gives the same answer.
    /// </remarks>
    [Function(nameof(MergeOnRequest))]
    [Accepts(typeof(MergeRequest))]
    [Answers(200, typeof(MergedReferences))]
    [Refuses(409, ErrorCodes.MergeConflict, ErrorCodes.AccountFull)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners/{id}/identities/merge")]
            HttpRequest http,
        string id
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<MergeRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (!PartnerId.TryParse(id, out var partner))
            return Answer.Error(ApiError.NotFound);
        http.HttpContext.ActsOn(partner, request.Reference);
        // Undone and asked for again, it is another merge: its time is that of this call.
        var arrived = new EmailArrived(
            Hash: null,
            request.Reference,
            EmailChannel.Request,
            time.Now(),
            EmailTrust.Vouched
        );
        return await Contention.RepeatAsync(() => TryMergeAsync(partner, request.OtherReference, arrived, ct), ct);
    }

    private async Task<TryResult<IResult>> TryMergeAsync(
        PartnerId partner,
        ReferenceId reference,
        EmailArrived arrived,
        CancellationToken ct
    )
    {
        if (
            await accounts.FindAsync(new PersonKey(partner, arrived.Reference), [], ct) is not { } one
            || await accounts.FindAsync(new PersonKey(partner, reference), [], ct) is not { } other
        )
            return TryResult.Done(Answer.Error(ApiError.NotFound));
        if (one.Root.Key == other.Root.Key)
            return TryResult.Done(Answer.Ok(await FindAsync(one.Root.Key, arrived.Reference, reference, ct)));
        if (!AccountMerge.HasRoom(one.Account, other.Account))
            return TryResult.Done(Answer.Error(ApiError.AccountFull));
        if (!(await merges.TryMergeAsync(one.Root, other.Root, arrived, ct)).IsDone(out var came))
            return TryResult.Lost;
        if (came is not MergeAttempt.Merged merged)
            return TryResult.Done(Answer.Error(ApiError.MergeConflict));
        await NoteAsync(new PersonKey(partner, merged.Into), merged.Merge, ct);
        return TryResult.Done(
            Answer.Ok(
                new MergedReferences
                {
                    MergeId = merged.Merge,
                    From = merged.From.Value,
                    Into = merged.Into.Value,
                }
            )
        );
    }

    /// <summary>
    /// Has the list show it at once; the follow-up of the merge enters it there, too, if this does not.
    /// </summary>
    private async Task NoteAsync(PersonKey root, string merge, CancellationToken ct)
    {
        var row = MergeRecord.RowKeyOf(merge);
        if ((await persons.ReadAsync(root, [row], ct)).Find<MergeRecord>(row) is { } record)
            await log.NoteAsync(record, ct);
    }

    /// <summary>The merge that made one account of both; without an id where it was more than one.</summary>
    private async Task<MergedReferences> FindAsync(
        PersonKey root,
        ReferenceId reference,
        ReferenceId other,
        CancellationToken ct
    )
    {
        var read = await persons.ReadAsync(root, [], ct, MergeRecord.Kind);
        var from = reference == root.Reference ? other : reference;
        var merge = read.All<MergeRecord>().LastOrDefault(done => done.UndoneAt is null && done.From.Reference == from);
        return new MergedReferences
        {
            MergeId = merge?.Id,
            From = from.Value,
            Into = root.Reference.Value,
        };
    }
}

/// <summary>Two references of one person.</summary>
internal sealed record MergeRequest : ICheckedBody
{
    /// <summary>One of the partner's own ids of the person.</summary>
    /// <example>acme-0001</example>
    [IdentityReference(Required = true)]
    public ReferenceId Reference { get; init; } = null!;

    /// <summary>Another one.</summary>
    /// <example>acme-0002</example>
    [IdentityReference(Required = true)]
    public ReferenceId OtherReference { get; init; } = null!;

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        if (Reference is not null && Reference == OtherReference)
            body.Fail("otherReference", "must be another one than reference");
    }
}

/// <summary>Two references that are one account.</summary>
internal sealed record MergedReferences
{
    /// <summary>
    /// The merge's id, for undoing it. Absent where the references were one account before, and not by one merge.
    /// </summary>
    /// <example>merge_demo_01m8kp85402f4h6k8n1q3s5v7x</example>
    public string? MergeId { get; init; }

    /// <summary>A reference of the newer account, which became part of the older one.</summary>
    /// <example>acme-0002</example>
    public required string From { get; init; }

    /// <summary>The oldest reference of the account.</summary>
    /// <example>acme-0001</example>
    public required string Into { get; init; }
}
