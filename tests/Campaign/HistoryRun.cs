using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>What came of a history.</summary>
internal sealed record HistoryResult
{
    public required IReadOnlyList<Step> Taken { get; init; }
    public required IReadOnlyList<Violation> Violations { get; init; }
    public required IReadOnlyDictionary<string, int> Faults { get; init; }
    public required int Requests { get; init; }
    public required int Broken { get; init; }
    public required int Repetitions { get; init; }
    public required int Webhooks { get; init; }
    public required int Checks { get; init; }
    public required TimeSpan Travelled { get; init; }
    public required TimeSpan Time { get; init; }
}

/// <summary>Takes the steps of one history, several at once, and checks what must hold.</summary>
internal sealed class HistoryRun
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromSeconds(5);

    /// <summary>How much time passes at a rest before it is asked again whether all is done.</summary>
    private static readonly TimeSpan[] Waits =
    [
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(6),
        TimeSpan.FromMinutes(40),
        .. Enumerable.Repeat(TimeSpan.FromHours(3), 4),
        .. Enumerable.Repeat(TimeSpan.FromHours(9), 12),
    ];

    private readonly World _world;
    private readonly Api _api;
    private readonly IReadOnlyList<Step> _steps;
    private readonly ConcurrentBag<Step> _taken = [];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private int _checks;
    private string _phase = "starts";

    private HistoryRun(World world, IReadOnlyList<Step> steps) =>
        (_world, _api, _steps) = (world, new Api(world), steps);

    public static async Task<HistoryResult> RunAsync(
        CampaignOptions options,
        int seed,
        IReadOnlyList<Step> steps,
        DateTime end,
        Action<string> print,
        CancellationToken ct
    )
    {
        await using var world = await World.StartAsync(options, options.Apps ?? 1 + (seed % 2), ct);
        var run = new HistoryRun(world, steps);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var shown = run.ShowAsync(seed, print, stop.Token);
        await run.RunAsync(end, ct);
        await stop.CancelAsync();
        await shown;
        return run.Result();
    }

    private async Task RunAsync(DateTime end, CancellationToken ct)
    {
        foreach (var partner in _world.Model.Partners)
            await PartnerActs.RegisterAsync(new Acting(_world, _api, new Step(0, StepKind.Live, 0, 0, 0), ct), partner);
        var left = new Queue<Step>(_steps);
        while (left.Count > 0 && DateTime.UtcNow < end && _world.Model.Violations.IsEmpty)
        {
            var chapter = new ConcurrentQueue<Step>();
            while (left.TryDequeue(out var step) && step.Kind != StepKind.Rest)
                chapter.Enqueue(step);
            _phase = "acts";
            await Task.WhenAll(Enumerable.Range(0, World.Lanes).Select(_ => LaneAsync(chapter, end, ct)));
            if (left.Count > 0 && DateTime.UtcNow < end)
                await RestAsync(isEnd: false, ct);
        }
        if (!_world.Model.Violations.IsEmpty)
            return;
        await RestAsync(isEnd: false, ct);
        if (_world.Options.DurableInStorage || !_world.Model.Violations.IsEmpty)
            return;
        // Links live for a week at most, finished orchestrations are kept for another.
        await _world.AdvanceAsync(TimeSpan.FromDays(9), ct);
        await _world.AdvanceAsync(TimeSpan.FromDays(9), ct);
        await RestAsync(isEnd: true, ct);
    }

    private async Task LaneAsync(ConcurrentQueue<Step> chapter, DateTime end, CancellationToken ct)
    {
        while (DateTime.UtcNow < end && chapter.TryDequeue(out var step))
        {
            _taken.Add(step);
            var act = new Acting(_world, _api, step, ct);
            await (step.Kind == StepKind.Travel ? TakeAsync(act) : _world.TogetherAsync(() => TakeAsync(act), ct));
        }
    }

    private static Task TakeAsync(Acting act) =>
        act.Step.Kind switch
        {
            StepKind.Live => PersonActs.LiveAsync(act),
            StepKind.CreateLink => PersonActs.CreateLinkAsync(act),
            StepKind.Revoke => PersonActs.RevokeAsync(act),
            StepKind.AnswerLate => PersonActs.AnswerLateAsync(act),
            StepKind.Erase => PersonActs.EraseAsync(act),
            StepKind.CreateIdentity => IdentityActs.CreateAsync(act),
            StepKind.AttachEmail => IdentityActs.AttachAsync(act),
            StepKind.ShareToken => IdentityActs.ShareAsync(act),
            StepKind.Rely => IdentityActs.RelyAsync(act),
            StepKind.Merge => OperatorActs.MergeAsync(act),
            StepKind.UndoMerge => OperatorActs.UndoAsync(act),
            StepKind.Block => OperatorActs.BlockAsync(act),
            StepKind.Unblock => OperatorActs.UnblockAsync(act),
            StepKind.ReviewCip => OperatorActs.ReviewCipAsync(act),
            StepKind.ReviewIdentity => OperatorActs.ReviewIdentityAsync(act),
            StepKind.RotateSecret => PartnerActs.RotateSecretAsync(act),
            StepKind.IssueKey => PartnerActs.IssueKeyAsync(act),
            StepKind.RevokeKey => PartnerActs.RevokeKeyAsync(act),
            StepKind.ChangeEndpoint => PartnerActs.ChangeEndpointAsync(act),
            StepKind.ReceiverMood => PartnerActs.ChangeMoodAsync(act),
            StepKind.Replay => PartnerActs.ReplayAsync(act),
            StepKind.Repeat => act.RepeatEarlierAsync(),
            StepKind.Travel => FaultActs.TravelAsync(act),
            StepKind.KillHost => FaultActs.KillHostAsync(act),
            StepKind.KillWorker => FaultActs.KillWorkerAsync(act),
            StepKind.StorageFault => FaultActs.HarmStorageAsync(act),
            StepKind.BrokerFault => FaultActs.HarmBrokerAsync(act),
            StepKind.RepeatMessages => FaultActs.RepeatMessagesAsync(act),
            StepKind.LoseLocks => FaultActs.LoseLocksAsync(act),
            _ => throw new InvalidOperationException($"{act.Step.Kind} is no step of a lane."),
        };

    /// <summary>All is healthy, and time passes until nothing waits any more; then the invariants are checked.</summary>
    private async Task RestAsync(bool isEnd, CancellationToken ct)
    {
        foreach (var partner in _world.Model.Partners)
            (partner.Mood, partner.AnswersInResponse) = (Mood.Healthy, false);
        // Nothing holds a message that its worker was killed with.
        if (_world.Broker is { } broker)
            await broker.LoseLocksAsync();
        Look? look = null;
        foreach (var (number, wait) in Waits.Index())
        {
            _phase = $"rests ({number + 1})";
            await _world.AdvanceAsync(_world.Options.DurableInStorage ? TimeSpan.FromSeconds(4) : wait, ct);
            if ((await _world.MessagesAsync(ct)).Waiting > 0)
                continue;
            // Time goes on while it is looked: what falls due then is in one part and not yet in another.
            var arrivals = _world.Receivers.Arrivals.Count;
            look = await LookAsync(await Snapshot.ReadAsync(_world.Service, ct), isEnd, ct);
            if (
                (await _world.MessagesAsync(ct)).Waiting == 0
                && _world.Receivers.Arrivals.Count == arrivals
                && !Told.FollowedUp(look).Any()
            )
                break;
        }
        _phase = "checks";
        look ??= await LookAsync(await Snapshot.ReadAsync(_world.Service, ct), isEnd, ct);
        foreach (var invariant in AllInvariants.Table)
        {
            foreach (var (expected, found) in invariant.Find(look))
                _world.Model.Report(invariant.Name, expected, found);
            _checks++;
        }
    }

    private async Task<Look> LookAsync(Snapshot now, bool isEnd, CancellationToken ct)
    {
        var messages = await _world.MessagesAsync(ct);
        var running = new List<(string, string)>();
        foreach (var app in _world.Apps)
            running.AddRange(
                (await World.StatusAsync(app, ct))["orchestrations"]!
                    .AsArray()
                    .Select(instance => ((string)instance!["name"]!, (string)instance["id"]!))
            );
        var keys = new Dictionary<KeyModel, bool>();
        var lookups = new Dictionary<(PersonModel, string), string?>();
        var statistics = new Dictionary<string, JsonNode>();
        foreach (var partner in _world.Model.Partners)
        {
            foreach (var key in partner.ApiKeys)
                keys[key] = await WorksAsync(new Call(HttpMethod.Get, "/partner/me") { Key = key.Secret }, ct);
            foreach (var key in partner.IdentityKeys)
                keys[key] = await WorksAsync(new Call(HttpMethod.Get, "/eapi/v0/identities/none") { Signed = key }, ct);
            var shown = await _api.SendAsync(
                new Call(HttpMethod.Get, "/partner/statistics?days=90") { Key = partner.Key.Secret, Repeatable = true },
                ct
            );
            if (shown is { Ok: true })
                statistics[partner.Id] = shown.Data;
            foreach (var person in partner.Persons)
            foreach (var (email, _) in person.Emails)
                lookups[(person, email)] = await FindAsync(partner, email, ct);
        }
        return new Look
        {
            World = _world,
            Now = now,
            Time = await _world.NowAsync(ct),
            IsEnd = isEnd,
            Waiting = messages.Waiting,
            DeadLetters = messages.DeadLetters,
            Orchestrations = running,
            Lookups = lookups,
            Statistics = statistics,
            Keys = keys,
        };
    }

    private async Task<bool> WorksAsync(Call call, CancellationToken ct) =>
        await _api.SendAsync(call with { Repeatable = true }, ct) is { Status: not 401 };

    private async Task<string?> FindAsync(PartnerModel partner, string email, CancellationToken ct)
    {
        var path = $"/eapi/v0/identities/none?email={Uri.EscapeDataString(email)}";
        var reply = await _api.SendAsync(
            new Call(HttpMethod.Get, path) { Signed = partner.IdentityKey, Repeatable = true },
            ct
        );
        return reply is { Ok: true } ? (string?)reply.Data["identityReference"] : null;
    }

    private async Task ShowAsync(int seed, Action<string> print, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(ShowEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
                print(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"seed {seed}: {_watch.Elapsed.TotalSeconds:0} s, step {_taken.Count} of {_steps.Count}, {_api.Requests} requests ({_api.Broken} broken), {_world.Receivers.Arrivals.Count} webhooks, {_world.Travelled.TotalDays:0.0} days, {_world.Faults.Counts.Values.Sum()} faults, {_checks} checks, {_phase}"
                    )
                );
        }
        catch (OperationCanceledException)
        {
            // The history is over.
        }
    }

    private HistoryResult Result() =>
        new()
        {
            Taken = [.. _taken.OrderBy(step => step.Number)],
            Violations = [.. _world.Model.Violations],
            Faults = _world.Faults.Counts,
            Requests = _api.Requests,
            Broken = _api.Broken,
            Repetitions = _api.Repetitions,
            Webhooks = _world.Receivers.Arrivals.Count,
            Checks = _checks,
            Travelled = _world.Travelled,
            Time = _watch.Elapsed,
        };
}
