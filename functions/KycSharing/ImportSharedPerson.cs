using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Security;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Activity: sends the token to the provider. The activity decrypts the token itself, so that it never appears in the
/// orchestration; afterwards the token is deleted.
/// </summary>
internal sealed class ImportSharedPerson(
    PersonStore persons,
    PersonPointers pointers,
    SettleShare settle,
    IKycProvider provider,
    KeyRing keyRing,
    TimeProvider time
)
{
    public const string Name = nameof(ImportSharedPerson);

    [Function(Name)]
    public async Task<ShareStep> RunAsync([ActivityTrigger] ShareTask task, CancellationToken ct)
    {
        var key = await task.OpenAsync(pointers, ct);
        if (await settle.FindOpenAsync(key, ct) is not { } share)
            return ShareStep.Ended;
        if (share.Applicant is not null)
            return ShareStep.Waiting;
        var token = await share.OpenTokenAsync(keyRing, ct);
        switch (await provider.ImportAsync(share.Id.Text, token, ct))
        {
            case KycImport.Refused { Reason: var reason }:
                await settle.ExecuteAsync(key, new KycResult.Retryable(), reason, ct);
                return ShareStep.Ended;
            case KycImport.Imported { Applicant: var applicant }:
                await persons.ChangeAsync(
                    key.Holder,
                    [KycShare.RowKeyOf(share.Id)],
                    holder =>
                    {
                        var now = time.Now();
                        if (SettleShare.OpenShareOf(holder, share.Id) is { Applicant: null } open)
                            holder.Put(
                                (open with { Applicant = applicant, ImportedAt = now, WrappedToken = null }),
                                now
                            );
                        return Task.FromResult(true);
                    },
                    ct
                );
                return ShareStep.Waiting;
            default:
                throw new InvalidOperationException("A token is taken or refused.");
        }
    }
}
