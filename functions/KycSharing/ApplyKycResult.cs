using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// Activity: asks the provider for the result of a shared person and applies it. A late or repeated result changes
/// nothing.
/// </summary>
internal sealed class ApplyKycResult(
    SettleShare settle,
    PersonPointers pointers,
    IKycProvider provider,
    TimeProvider time
)
{
    public const string Name = nameof(ApplyKycResult);

    /// <summary>
    /// How long a person may look incomplete after the import, while the provider still copies and checks the data.
    /// </summary>
    public static readonly TimeSpan Copying = TimeSpan.FromMinutes(10);

    [Function(Name)]
    public async Task<ShareStep> RunAsync([ActivityTrigger] ShareTask task, CancellationToken ct)
    {
        var key = await task.OpenAsync(pointers, ct);
        if (await settle.FindOpenAsync(key, ct) is not { Applicant: { } applicant } share)
            return ShareStep.Ended;
        var result = await provider.FindResultAsync(applicant, ct);
        if (result is null || (result is KycResult.Incomplete && time.Now() - share.ImportedAt < Copying))
            return ShareStep.Waiting;
        await settle.ExecuteAsync(key, result, result.GetType().Name.ToLowerInvariant(), ct);
        return ShareStep.Ended;
    }
}

/// <summary>Activity: all retries failed because the provider was down.</summary>
internal sealed class GiveUpOnShare(SettleShare settle, PersonPointers pointers)
{
    public const string Name = nameof(GiveUpOnShare);

    [Function(Name)]
    public async Task RunAsync([ActivityTrigger] ShareTask task, CancellationToken ct) =>
        await settle.ExecuteAsync(await task.OpenAsync(pointers, ct), new KycResult.Retryable(), "provider-down", ct);
}

/// <summary>Activity: no result in time, so an operator decides.</summary>
internal sealed class LeaveToReview(SettleShare settle, PersonPointers pointers)
{
    public const string Name = nameof(LeaveToReview);

    /// <summary>What is stored with such a share.</summary>
    public const string Undecided = "undecided";

    [Function(Name)]
    public async Task RunAsync([ActivityTrigger] ShareTask task, CancellationToken ct) =>
        await settle.CloseAsync(await task.OpenAsync(pointers, ct), Undecided, ct);
}
