using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Serverless.Functions.Waiting;

namespace Serverless.Functions.Webhooks.Replays;

/// <summary>Input of the orchestration and its activity: ids and times.</summary>
/// <param name="Id">The operation's id, which the deliveries that it replays carry.</param>
/// <param name="Partner">The partner's id.</param>
/// <param name="After">The id to continue after.</param>
/// <param name="Until">Exclusive end.</param>
/// <param name="FailedSince">If given, only deliveries that failed then or later.</param>
/// <param name="Found">Matching deliveries so far.</param>
/// <param name="Replayed">Those of them that were replayed.</param>
internal sealed record ReplayOrder(
    string Id,
    string Partner,
    string After,
    DateTimeOffset Until,
    DateTimeOffset? FailedSince,
    int Found,
    int Replayed
);

/// <summary>Progress of a replay.</summary>
internal sealed record ReplayProgress(int Found, int Replayed);

/// <summary>
/// Replays many deliveries page by page, oldest first. One instance an operation, with the operation's id.
/// </summary>
internal static class ReplayFlow
{
    public const string Name = nameof(ReplayFlow);

    /// <summary>
    /// After so many pages the orchestration restarts with an empty history, because a long one is slow to load.
    /// </summary>
    private const int PagesARun = 50;

    [Function(Name)]
    public static async Task RunAsync([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var order = context.GetInput<ReplayOrder>()!;
        for (var pages = 0; pages < PagesARun; pages++)
        {
            context.SetCustomStatus(new ReplayProgress(order.Found, order.Replayed));
            var page = await context.CallActivityAsync<ReplayedPage>(ReplayPage.Name, order, Retries.OfActivities);
            order = order with
            {
                Found = order.Found + page.Found,
                Replayed = order.Replayed + page.Replayed,
                After = page.Next ?? order.After,
            };
            if (page.Next is null)
            {
                context.SetCustomStatus(new ReplayProgress(order.Found, order.Replayed));
                return;
            }
        }
        context.ContinueAsNew(order);
    }
}
