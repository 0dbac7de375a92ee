using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;
using Serverless.Functions.Users;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Identities;

/// <summary>
/// Splits a merged account into two again, within <see cref="Period"/>. As with a merge, one write is decisive: before
/// the survivor releases the references, readers see one account, after it two.
/// </summary>
internal sealed class UndoMerge(PersonStore persons, MergeLog log, TimeProvider time)
{
    /// <summary>How long after a merge it can be undone.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromDays(30);

    private static readonly ApiError TooLate = new(
        409,
        ErrorCodes.MergeNotUndoable,
        "A merge can be undone within 30 days."
    );
    private static readonly ApiError Verified = new(
        409,
        ErrorCodes.MergeNotUndoable,
        "This person's verification went on since the merge: it cannot be told to which of the two accounts that "
            + "belongs."
    );
    private static readonly ApiError NotTheLast = new(
        409,
        ErrorCodes.MergeNotUndoable,
        "Another merge followed this one. Undo the newest first."
    );
    private static readonly ApiError TooMany = new(
        409,
        ErrorCodes.MergeNotUndoable,
        "Undone merges have given back as many references of this account as can be remembered."
    );
    private static readonly ApiError NotMerged = new(
        409,
        ErrorCodes.MergeNotUndoable,
        "These accounts were not merged."
    );

    /// <summary>Undo a merge</summary>
    /// <remarks>
    /// Makes two accounts of a merged one again: within 30 days, and only while nothing was verified on the account and
    /// nothing else merged into it since. Addresses return with the reference that claimed them; a block that came
    /// since stays on both. The same call again gives the same answer.
    /// </remarks>
    [Function(nameof(UndoMerge))]
    [Answers(200, typeof(UndoneMerge))]
    [Refuses(409, ErrorCodes.MergeNotUndoable)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/merges/{mergeId}/undo")] HttpRequest http,
        string mergeId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (await log.FindAsync(mergeId, ct) is not { } entry || !MergeId.TryParse(mergeId, out var id))
            return Answer.Error(ApiError.NotFound);
        var into = new PersonKey(id.Partner, ReferenceId.FromStorage(entry.Into));
        if (entry.Outcome == MergeOutcome.Conflict)
            return Answer.Error(NotMerged);
        return await Contention.RepeatAsync(() => TryUndoAsync(mergeId, into, ct), ct);
    }

    /// <summary>
    /// First writes the newer account's data where no reader uses it yet. The decisive write follows; it is
    /// conditional on the same state of the survivor.
    /// </summary>
    private async Task<TryResult<IResult>> TryUndoAsync(string mergeId, PersonKey into, CancellationToken ct)
    {
        var survivor = await persons.ReadAsync(into, [MergeRecord.RowKeyOf(mergeId)], ct);
        if (survivor.Find<MergeRecord>(MergeRecord.RowKeyOf(mergeId)) is not { } merge)
            return TryResult.Done(Answer.Error(NotMerged));
        if (merge.UndoneAt is { } before)
            return await DoneAsync(merge, before, ct);
        if (Refuse(survivor, merge) is { } refusal)
            return TryResult.Done(Answer.Error(refusal));
        var released = await persons.ReadAsync(merge.From, [], ct);
        if (survivor.Account.Released.Count + released.Account.Members.Count + 1 > Account.MaxReleased)
            return TryResult.Done(Answer.Error(TooMany));
        var now = time.Now();
        var isUndone =
            await TryReturnAsync(survivor, released, now, ct)
            && await TryReleaseAsync(survivor, released, merge with { UndoneAt = now }, now, ct);
        return isUndone ? await DoneAsync(merge, now, ct) : TryResult.Lost;
    }

    /// <summary>The list shows it at once; the follow-up of the undo writes it there, too, if this does not.</summary>
    private async Task<TryResult<IResult>> DoneAsync(MergeRecord merge, DateTimeOffset at, CancellationToken ct)
    {
        await log.NoteUndoneAsync(merge.Id, at, ct);
        return TryResult.Done(Answer.Ok(Show(merge, at)));
    }

    private ApiError? Refuse(Person survivor, MergeRecord merge)
    {
        if (time.GetUtcNow() - merge.At > Period)
            return TooLate;
        // Only the latest merge can be undone, because a later one builds on its result.
        if (
            survivor.User.Root is not null
            || survivor.User.MergingInto is not null
            || survivor.Account.LastMerge != merge.Id
        )
            return NotTheLast;
        // A verification since the merge may rest on the data of both accounts.
        return survivor.User.KycChangedAt > merge.At || survivor.User.Kyc != merge.KycSince ? Verified : null;
    }

    /// <summary>
    /// Adds to the newer root the addresses and the block that its references got since the merge. Not visible before
    /// the decisive write.
    /// </summary>
    private Task<bool> TryReturnAsync(Person survivor, Person released, DateTimeOffset now, CancellationToken ct)
    {
        var own = released.Account;
        var since = survivor
            .Account.Emails.Where(email =>
                email.Anchor is { } anchor && IsOf(released, anchor) && own.Email(email.Hash) is null
            )
            .Select(email => IsOf(released, email.Reference) ? email : email with { Reference = email.Anchor! });
        var returned = own with
        {
            Emails = [.. own.Emails, .. since],
            // An undo never clears a block; an operator removes it where it is wrong.
            Blocked = own.Blocked || survivor.Account.Blocked,
            NeedsOperator = own.NeedsOperator || survivor.Account.NeedsOperator,
        };
        released.Put(returned, now);
        return persons.TryCommitAsync(released, announced: null, ct);
    }

    /// <summary>The decisive write: the survivor releases the references.</summary>
    private Task<bool> TryReleaseAsync(
        Person survivor,
        Person released,
        MergeRecord merge,
        DateTimeOffset now,
        CancellationToken ct
    )
    {
        // The survivor keeps the addresses that were not claimed through the released references.
        var emails = survivor
            .Account.Emails.Where(email =>
                email.Hash != merge.Arrived.Hash && (email.Anchor is not { } anchor || !IsOf(released, anchor))
            )
            .Select(email =>
                IsOf(released, email.Reference)
                    ? email with
                    {
                        Reference = email.Anchor ?? survivor.Key.Reference.Value,
                    }
                    : email
            )
            .ToList();
        if (merge.EmailBefore is { } before)
            emails.Add(before);
        var given = released.Account.Members.Append(released.Key.Reference.Value).ToHashSet();
        survivor.Put(
            survivor.Account with
            {
                Emails = emails,
                Members = [.. survivor.Account.Members.Where(member => !given.Contains(member))],
                Released = new Dictionary<string, string>(
                    survivor
                        .Account.Released.Where(known => !given.Contains(known.Key))
                        .Concat(given.Select(member => KeyValuePair.Create(member, released.Key.Reference.Value)))
                ),
                LastMerge = merge.MergeBefore,
            },
            now
        );
        survivor.Put(merge, now);
        // The status that came from the newer account goes back with it.
        if (merge.KycSince != merge.KycBefore)
            survivor.Set(
                survivor.User with
                {
                    Status = merge.StatusBefore,
                    Kyc = merge.KycBefore,
                    KycChangedAt = merge.KycChangedBefore,
                },
                now
            );
        survivor.RaiseStatusChange(null, now);
        survivor.Raise(
            EventRow.Of(InternalEvents.MergeUndone, survivor.Key, now, new MergeData { Merge = merge.Id }, merge.Id)
        );
        return persons.TryCommitAsync(survivor, announced: null, ct);
    }

    private static bool IsOf(Person released, string reference) =>
        reference == released.Key.Reference.Value || released.Account.Members.Contains(reference);

    private static UndoneMerge Show(MergeRecord merge, DateTimeOffset at) =>
        new()
        {
            MergeId = merge.Id,
            From = merge.From.Reference.Value,
            Into = merge.Into.Reference.Value,
            UndoneAt = at,
        };
}

/// <summary>A merge that was undone: its accounts are two again.</summary>
internal sealed record UndoneMerge
{
    /// <summary>The merge's id.</summary>
    /// <example>merge_demo_01m8kp85402f4h6k8n1q3s5v7x</example>
    public required string MergeId { get; init; }

    /// <summary>A reference of the newer account, which is an account of its own again.</summary>
    /// <example>acme-0002</example>
    public required string From { get; init; }

    /// <summary>A reference of the older account.</summary>
    /// <example>acme-0001</example>
    public required string Into { get; init; }

    /// <summary>When it was undone. A repeated call answers with the first time.</summary>
    /// <example>2026-11-30T09:30:00.000Z</example>
    public required DateTimeOffset UndoneAt { get; init; }
}

/// <summary>
/// One instance per undone merge: points the released references to their own root again, and logs the undo.
/// </summary>
internal static class MergeUndoing
{
    public const string Name = nameof(MergeUndoing);

    [Function(Name)]
    public static Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync(ReturnReferences.Name, context.GetInput<AccountTask>()!, Retries.OfActivities);
}

/// <summary>Activity of <see cref="MergeUndoing"/>.</summary>
internal sealed class ReturnReferences(PersonStore persons, PersonPointers pointers, MergeLog log, TimeProvider time)
{
    public const string Name = nameof(ReturnReferences);

    [Function(Name)]
    public async Task RunAsync([ActivityTrigger] AccountTask undone, CancellationToken ct)
    {
        var into = await pointers.UnwrapAsync(undone.Person, ct);
        var row = MergeRecord.RowKeyOf(undone.Merge!);
        var survivor = await persons.ReadAsync(into, [row], ct);
        var merge = survivor.Find<MergeRecord>(row)!;
        foreach (var (member, root) in survivor.Account.Released)
        {
            await persons.ChangeAsync(
                into with
                {
                    Reference = ReferenceId.FromStorage(member),
                },
                [],
                person =>
                {
                    // Already updated, or merged again meanwhile.
                    if (person.IsNew || person.User.MergingInto is not null || person.User.Root != into.Reference)
                        return Task.FromResult(false);
                    var now = time.Now();
                    var own = member == root ? null : ReferenceId.FromStorage(root);
                    person.Set(person.User.PointTo(own).NoLongerVerifiedByAccount(), now);
                    person.RaiseUserStatus(null, now);
                    if (person.User.Root is null && person.User.Kyc != merge.KycSince)
                        person.RaiseKyc(now);
                    return Task.FromResult(true);
                },
                ct
            );
        }
        await log.NoteUndoneAsync(merge.Id, merge.UndoneAt ?? time.Now(), ct);
    }
}
