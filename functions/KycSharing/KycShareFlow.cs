using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Users;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.KycSharing;

/// <summary>Input of the orchestration and its activities.</summary>
/// <param name="Holder">The person whose partition contains it, from <see cref="PersonPointers"/>.</param>
/// <param name="Share">Its id.</param>
internal sealed record ShareTask(string Holder, string Share)
{
    public async ValueTask<ShareKey> OpenAsync(PersonPointers pointers, CancellationToken ct) =>
        new(await pointers.UnwrapAsync(Holder, ct), Ulid.FromStorage(Share));
}

/// <summary>Where a share is stored.</summary>
internal sealed record ShareKey(PersonKey Holder, Ulid Id);

/// <summary>State of a share after a step.</summary>
internal enum ShareStep
{
    /// <summary>The provider has not decided.</summary>
    Waiting,

    /// <summary>Decided, or no longer needed.</summary>
    Ended,
}

/// <summary>
/// One instance for each share: sends the token to the provider, polls the result with growing pauses, and applies it.
/// If the provider is down, there are five tries within an hour; then the person needs another submission. Without a
/// decision in time, an operator must review.
/// </summary>
internal static class KycShareFlow
{
    public const string Name = "KycShare";

    /// <summary>The longest wait for a result.</summary>
    public static readonly TimeSpan ResultTimeout = TimeSpan.FromDays(3);

    private static readonly Polling Results = new(TimeSpan.FromSeconds(2), LongestPause: TimeSpan.FromHours(1));

    /// <summary>
    /// Retries after 1, 3.4, 11.6 and 39.3 minutes, 55 in all. The first ones come soon, because a share token is
    /// valid for only 20 to 30 minutes.
    /// </summary>
    private static readonly TaskOptions ProviderRetry = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 5, TimeSpan.FromMinutes(1), backoffCoefficient: 3.4)
    );

    public static string InstanceOf(string share) => $"kycshare_{share}";

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var share = context.GetInput<ShareTask>()!;
        try
        {
            if (await EndsWithAsync(ImportSharedPerson.Name))
                return;
            var deadline = context.CurrentUtcDateTime + ResultTimeout;
            if (await Results.UntilAsync(context, deadline, () => EndsWithAsync(ApplyKycResult.Name)))
                return;
        }
        catch (TaskFailedException)
        {
            await context.CallActivityAsync(GiveUpOnShare.Name, share, Retries.OfActivities);
            return;
        }
        await context.CallActivityAsync(LeaveToReview.Name, share, Retries.OfActivities);

        async Task<bool> EndsWithAsync(string activity) =>
            await context.CallActivityAsync<ShareStep>(activity, share, ProviderRetry) == ShareStep.Ended;
    }
}

/// <summary>Starts the processing of a new share.</summary>
internal sealed class KycShareFollower(PersonPointers pointers) : IEventFollower
{
    public async Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
    {
        if (happened.Name != InternalEvents.KycShared)
            return;
        var share = happened.SubjectId!;
        var holder = await pointers.WrapAsync(new PersonKey(happened.Partner, happened.Reference), ct);
        await durable.StartOnceAsync(
            KycShareFlow.Name,
            KycShareFlow.InstanceOf(share),
            new ShareTask(holder, share),
            ct
        );
    }
}
