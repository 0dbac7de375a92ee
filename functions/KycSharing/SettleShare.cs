using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Applies the result of a share to its account, which may have been merged into another one meanwhile, and closes the
/// share.
/// </summary>
internal sealed class SettleShare(PersonStore persons, IdentityStore identities, TimeProvider time)
{
    /// <summary>The share while it is open and its person not erased; else null.</summary>
    public async Task<KycShare?> FindOpenAsync(ShareKey share, CancellationToken ct) =>
        OpenShareOf(await persons.ReadAsync(share.Holder, [KycShare.RowKeyOf(share.Id)], ct), share.Id);

    public static KycShare? OpenShareOf(Person holder, Ulid id) =>
        holder.ErasedAt is null && holder.Find<KycShare>(KycShare.RowKeyOf(id)) is { IsOpen: true } share
            ? share
            : null;

    /// <summary>Applies a result. If account and share are in one partition, both change in one transaction.</summary>
    /// <param name="share">The share.</param>
    /// <param name="result">The provider's result.</param>
    /// <param name="outcome">Stored with the share.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task ExecuteAsync(ShareKey share, KycResult result, string outcome, CancellationToken ct)
    {
        if (await FindOpenAsync(share, ct) is null)
            return;
        await identities.ChangeAsync(
            share.Holder,
            [KycShare.RowKeyOf(share.Id)],
            async identity =>
            {
                var (root, now) = (identity.Root, time.Now());
                if (root.Key == share.Holder)
                {
                    // Another run of this activity may have ended it meanwhile.
                    if (OpenShareOf(root, share.Id) is not { } open)
                        return false;
                    root.Put(open.Closed(outcome), now);
                }
                await ApplyAsync(root, share, result, now, ct);
                return true;
            },
            ct
        );
        await CloseAsync(share, outcome, ct);
    }

    /// <summary>Closes the share without changing its account.</summary>
    public Task CloseAsync(ShareKey share, string outcome, CancellationToken ct)
    {
        string[] rows = [KycShare.RowKeyOf(share.Id)];
        return persons.ChangeAsync(
            share.Holder,
            rows,
            holder =>
            {
                if (OpenShareOf(holder, share.Id) is { } open)
                    holder.Put(open.Closed(outcome), time.Now());
                return Task.FromResult(true);
            },
            ct
        );
    }

    private static async Task ApplyAsync(
        Person root,
        ShareKey share,
        KycResult result,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        // Verified is final, and only an operator may change rejected.
        if (root.User.Kyc is KycStatus.Verified or KycStatus.Rejected)
            return;
        switch (result)
        {
            case KycResult.Approved { Person: var person }:
                if (root.ErasedAt is null)
                    await MergeAsync(root, person, share, at, ct);
                Reopen(root, at);
                if (!root.Account.NeedsOperator)
                    root.Set(root.User.MoveKyc(KycStatus.Verified, at), at);
                break;
            case KycResult.Rejected:
                Reopen(root, at);
                root.Set(root.User.MoveKyc(KycStatus.Rejected, at), at);
                break;
            default:
                // If another submission or verification is running, this result must not ask for another try.
                var isLast = root.Account.Submission == share.Id.Text && root.User.Status != UserStatus.CipPending;
                if (root.User.Kyc == KycStatus.UnderReview && isLast)
                    root.Set(root.User.MoveKyc(KycStatus.ActionRequired, at), at);
                break;
        }
        root.RaiseStatusChange(null, at);
    }

    /// <summary>
    /// A newer submission may have failed before this one succeeded: the table has no other way than through the
    /// review.
    /// </summary>
    private static void Reopen(Person root, DateTimeOffset at)
    {
        root.Set(root.User.MoveKyc(KycStatus.UnderReview, at), at);
        root.RaiseKycChange(at);
    }

    /// <summary>The provider's data only fills gaps; values from the partner or the person are kept.</summary>
    private static async Task MergeAsync(
        Person root,
        KycPerson person,
        ShareKey share,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        var provided = new Dictionary<string, string?>
        {
            [IdentityData.GivenName] = person.GivenName,
            [IdentityData.Surname] = person.Surname,
            [IdentityData.DateOfBirth] = person.DateOfBirth,
        };
        var held = root.Fields;
        var gaps = provided
            .Where(field => field.Value is not null && !held.ContainsKey(field.Key))
            .ToDictionary(field => field.Key, field => field.Value!);
        if (gaps.Count > 0)
            await root.MergeAsync(new UserData(gaps, null), FieldSource.PartnerApi, $"share_{share.Id}", at, ct);
    }
}
