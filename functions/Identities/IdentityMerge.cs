using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Identities;

/// <summary>What an orchestration knows about an account.</summary>
/// <param name="Person">Its root or any of its references, encrypted by <see cref="PersonPointers"/>.</param>
/// <param name="Merge">The merge to follow up, if any.</param>
/// <param name="Skip">The number of references already updated.</param>
internal sealed record AccountTask(string Person, string? Merge = null, int Skip = 0);

/// <summary>
/// One instance per merge, with the merge's id: completes the merge if the request that started it did not, logs it,
/// and updates the account's other references. <see cref="AccountMerge"/> makes the decisive write; the rest only
/// shortens pointers and passes the verification on to each reference.
/// </summary>
internal static class IdentityMerge
{
    public const string Name = nameof(IdentityMerge);

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var account = context.GetInput<AccountTask>()!;
        await context.CallActivityAsync(CompleteMerge.Name, account, Retries.OfActivities);
        await AlignAsync(context, account);
    }

    /// <summary>Updates the references, a few at a time.</summary>
    internal static async Task AlignAsync(TaskOrchestrationContext context, AccountTask account)
    {
        for (int? skip = 0; skip is { } from; )
            skip = await context.CallActivityAsync<int?>(
                AlignReferences.Name,
                account with
                {
                    Skip = from,
                },
                Retries.OfActivities
            );
    }
}

/// <summary>One instance per status change of an account: updates its references.</summary>
internal static class AccountAlignment
{
    public const string Name = nameof(AccountAlignment);

    [Function(Name)]
    public static Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context) =>
        IdentityMerge.AlignAsync(context, context.GetInput<AccountTask>()!);
}

/// <summary>Activity: completes a merge, if necessary, and logs it.</summary>
internal sealed class CompleteMerge(PersonStore persons, PersonPointers pointers, AccountMerge merges, MergeLog log)
{
    public const string Name = nameof(CompleteMerge);

    [Function(Name)]
    public async Task RunAsync([ActivityTrigger] AccountTask account, CancellationToken ct)
    {
        var key = await pointers.UnwrapAsync(account.Person, ct);
        await merges.CompleteAsync(key, ct);
        var row = MergeRecord.RowKeyOf(account.Merge!);
        var from = await persons.ReadAsync(key, [], ct);
        // The surviving account holds the record, but may itself have been merged into an older one since.
        for (var into = from.User.Root; into is not null; )
        {
            var survivor = await persons.ReadAsync(key with { Reference = into }, [row], ct);
            if (survivor.Find<MergeRecord>(row) is { } record)
            {
                await log.NoteAsync(record, ct);
                return;
            }
            into = survivor.User.Root;
        }
    }
}

/// <summary>
/// Activity: points a batch of references to their root and applies its verification to them. Returns where the next
/// batch starts, or null at the end.
/// </summary>
internal sealed class AlignReferences(
    PersonStore persons,
    PersonPointers pointers,
    Accounts accounts,
    TimeProvider time
)
{
    public const string Name = nameof(AlignReferences);
    private const int AtOnce = 25;

    [Function(Name)]
    public async Task<int?> RunAsync([ActivityTrigger] AccountTask account, CancellationToken ct)
    {
        if (await accounts.FindHolderAsync(await pointers.UnwrapAsync(account.Person, ct), ct) is not { } identity)
            return null;
        var members = identity.Account.Members;
        foreach (var member in members.Skip(account.Skip).Take(AtOnce))
            await AlignAsync(identity.Root, ReferenceId.FromStorage(member), ct);
        return account.Skip + AtOnce < members.Count ? account.Skip + AtOnce : null;
    }

    private Task<bool> AlignAsync(Person root, ReferenceId member, CancellationToken ct) =>
        persons.ChangeAsync(
            root.Key with
            {
                Reference = member,
            },
            [],
            person =>
            {
                if (person.IsNew || person.ErasedAt is not null)
                    return Task.FromResult(false);
                var now = time.Now();
                // A root whose merge is in progress is skipped: step 3 of the merge sets its pointer after checking
                // for changes.
                if (person.User.MergingInto is null && person.User.Root != root.Key.Reference)
                    person.Set(person.User.PointTo(root.Key.Reference), now);
                if (root.User.Kyc == KycStatus.Verified)
                    person.Set(person.User.VerifiedByAccount(), now);
                person.RaiseUserStatus(null, now);
                return Task.FromResult(true);
            },
            ct
        );
}

/// <summary>
/// Starts the follow-up of a begun or undone merge, of an account's status change, and of a reference's verification.
/// </summary>
internal sealed class AccountFollower(
    PersonStore persons,
    PersonPointers pointers,
    IdentityStore identities,
    TimeProvider time
) : IEventFollower
{
    public async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        var person = new PersonKey(happened.Partner, happened.Reference);
        if (happened is { Name: PartnerEvents.UserStatusChanged, OfAccount: true })
            await ApplyToRootAsync(person, ct);
        var (name, instance, merge) = happened.Name switch
        {
            InternalEvents.MergeBegun => (IdentityMerge.Name, happened.SubjectId!, happened.SubjectId),
            InternalEvents.MergeUndone => (MergeUndoing.Name, $"undo_{happened.SubjectId}", happened.SubjectId),
            PartnerEvents.Kyc => (AccountAlignment.Name, $"align_{happened.Id}", null),
            _ => (null, "", null),
        };
        if (name is null)
            return;
        var account = new AccountTask(await pointers.WrapAsync(person, ct), merge);
        await durable.StartOnceAsync(name, instance, account, ct);
    }

    /// <summary>
    /// Applies a reference's verification through a link (success or failure) to the account, if its status
    /// transitions allow it.
    /// </summary>
    private async Task ApplyToRootAsync(PersonKey key, CancellationToken ct)
    {
        var own = await persons.ReadAsync(key, [], ct);
        await identities.ChangeAsync(
            key,
            [],
            identity =>
            {
                var root = identity.Root;
                if (root.Key == key || own.User.Kyc == KycStatus.Pending)
                    return Task.FromResult(false);
                var now = time.Now();
                if (own.User.Kyc == KycStatus.Verified)
                    root.Set(
                        root.User.WithKycOfMerge(KycStatuses.Combine(root.User.Kyc, KycStatus.Verified), now),
                        now
                    );
                else if (KycTransitions.Allows(root.User.Kyc, own.User.Kyc))
                    root.Set(root.User.MoveKyc(own.User.Kyc, now), now);
                root.RaiseStatusChange(null, now);
                return Task.FromResult(true);
            },
            ct
        );
    }
}
