using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Serverless.Tests.KycSharing;
using Serverless.Tests.Operations;
using Xunit;

namespace Serverless.Tests.Events;

/// <summary>What the app asks of the Durable engine, and what it does when that fails.</summary>
public sealed class OrchestrationTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_orchestrations_are_told_and_tell_names_no_person()
    {
        await using var app = await TestApp.StartAsync();
        var partner = await app.NewPartnerAsync(
            await app.NewInboxAsync(),
            [.. Functions.Events.PartnerEvents.OnByDefault],
            new { kycWebhooks = true }
        );
        var link = await partner.CompleteLinkAsync('0', "ana-verifies@example.org");
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(10));
        await (await Payer.NewAsync(app, partner, "ana-pays@example.org")).TransferAsync();
        (await (await partner.CreateLinkAsync("ana-opens@example.org")).OpenAsync()).Is(200);
        (await partner.Identity.ShareAsync("ana-shares", "shares@example.org")).Is(202);
        (await partner.Identity.CreateAsync("ana-merges-1", "merges@example.org")).Is(201);
        (await partner.Identity.CreateAsync("ana-merges-2")).Is(201);
        (await partner.Identity.UpdateAsync("ana-merges-2", "merges@example.org")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(5));
        var merges = (await app.GetAsync($"/operator/merges?partnerId={partner.Id}")).Is(200).Data["items"]!.AsArray();
        (await app.PostAsync($"/operator/merges/{(string)Assert.Single(merges)!["mergeId"]!}/undo")).Is(200);
        await app.AdvanceAsync(TimeSpan.FromDays(2));

        var names = new HashSet<string>();
        var everything = new OrchestrationQuery { FetchInputsAndOutputs = true };
        await foreach (var instance in app.Durable.GetAllInstancesAsync(everything))
        {
            names.Add(instance.Name);
            var told = $"{instance.InstanceId} {instance.SerializedInput} {instance.SerializedOutput}";
            Assert.DoesNotContain("ana-", told, StringComparison.Ordinal);
            Assert.DoesNotContain("example.org", told, StringComparison.Ordinal);
        }
        // Those of a replay name none either: they know a partner and times.
        Assert.Equal(
            Orchestrators.Except(["ReplayFlow"]).Order(StringComparer.Ordinal),
            names.Order(StringComparer.Ordinal)
        );
    }

    /// <summary>Inputs of activities stand in the history, too.</summary>
    [Fact]
    public void No_activity_is_told_a_reference()
    {
        var inputs =
            from type in typeof(AppServices).Assembly.GetTypes()
            from method in type.GetMethods()
            from parameter in method.GetParameters()
            where parameter.IsDefined(typeof(ActivityTriggerAttribute))
            select parameter.ParameterType;
        Assert.NotEmpty(inputs);
        foreach (var input in inputs.Where(input => input != typeof(string)))
        {
            Assert.All(
                input.GetProperties(),
                property =>
                {
                    Assert.DoesNotContain("Reference", property.Name, StringComparison.OrdinalIgnoreCase);
                    Assert.DoesNotContain("Email", property.Name, StringComparison.OrdinalIgnoreCase);
                    // An id, a number or a time.
                    Assert.Equal("System", property.PropertyType.Namespace);
                }
            );
        }
    }

    [Fact]
    public async Task A_webhook_does_not_wait_for_an_orchestration_that_cannot_be_started()
    {
        var engine = new FickleFollower();
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<IEventFollower>(engine));
        app.ExpectErrors();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox);

        engine.IsDown = true;
        var link = await partner.CreateLinkAsync();
        await app.IdleAsync();
        Assert.Equal(["link.created"], inbox.Events);
        Assert.Null(Assert.Single(await EventsOfAsync(app, link)).GetDateTimeOffset("FollowedUpAt"));
        // An hour of tries: beyond the ten minutes for which the queue drops a message that is sent again.
        await app.AdvanceAsync(TimeSpan.FromMinutes(40));
        Assert.True(engine.Asked > 3);
        Assert.Equal(["link.created"], inbox.Events);

        engine.IsDown = false;
        await app.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.Equal(["link.created"], inbox.Events);
        Assert.All(await EventsOfAsync(app, link), row => Assert.NotNull(row.GetDateTimeOffset("FollowedUpAt")));
    }

    [Fact]
    public async Task A_data_request_that_was_answered_before_its_flow_began_is_not_waited_for()
    {
        await using var app = await TestApp.StartAsync();
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync(), ["user.data_request"]);
        var link = await partner.CreateLinkAsync();
        (await link.OpenAsync()).Is(200);
        await app.IdleAsync();
        var id = "dr_" + link.Id["link_".Length..];
        var answer = new { referenceId = link.Reference, userData = Samples.FullUserData() };
        (await partner.PutAsync($"/partner/data-requests/{id}", answer)).Is(200);
        await app.IdleAsync();

        var client = app.Durable;
        var timer = new DataRequestTimer(id, link.ExpiresAt, TimeSpan.FromSeconds(10));
        var options = new StartOrchestrationOptions("late");
        await client.ScheduleNewOrchestrationInstanceAsync("DataRequestFlow", timer, options, Cancel);
        await app.IdleAsync();
        var late = await client.GetInstanceAsync("late", getInputsAndOutputs: true, Cancel);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, late!.RuntimeStatus);
        Assert.Equal(DataRequestEnding.Fulfilled, late.ReadOutputAs<DataRequestEnding>());
    }

    [Fact]
    public async Task An_orchestration_that_should_have_ended_long_ago_is_told_of()
    {
        await using var app = await TestApp.StartAsync();
        var timer = new Functions.Links.LinkTimer("link", app.Clock.GetUtcNow().AddDays(60));
        await app.Durable.ScheduleNewOrchestrationInstanceAsync(
            "LinkLifecycle",
            timer,
            new StartOrchestrationOptions("waits"),
            Cancel
        );
        await app.AdvanceAsync(TimeSpan.FromDays(7));
        const string Told = "Orchestration waits (LinkLifecycle) has run since";
        Assert.DoesNotContain(app.Log.Lines, line => line.Contains(Told, StringComparison.Ordinal));
        await app.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.Contains(app.Log.Lines, line => line.Contains(Told, StringComparison.Ordinal));
    }

    /// <summary>The engine may answer an event that nobody waits for with an error.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData(OrchestrationRuntimeStatus.Completed, true)]
    [InlineData(OrchestrationRuntimeStatus.Failed, true)]
    [InlineData(OrchestrationRuntimeStatus.Terminated, true)]
    [InlineData(OrchestrationRuntimeStatus.Pending, false)]
    [InlineData(OrchestrationRuntimeStatus.Running, false)]
    public async Task Waking_fails_only_where_somebody_sleeps(OrchestrationRuntimeStatus? status, bool harmless)
    {
        await using var engine = new RefusingEngine(status);
        var waking = engine.WakeAsync("id", "closed", PartnerEvents.LinkRevoked, Cancel);
        if (harmless)
            await waking;
        else
            await Assert.ThrowsAsync<InvalidOperationException>(() => waking);
    }

    [Fact]
    public async Task A_start_that_fails_is_a_failure_unless_the_instance_is_there()
    {
        await using var nobody = new RefusingEngine(null);
        await Assert.ThrowsAsync<InvalidOperationException>(() => nobody.StartOnceAsync("Flow", "id", "input", Cancel));
        await using var running = new RefusingEngine(OrchestrationRuntimeStatus.Running);
        await running.StartOnceAsync("Flow", "id", "input", Cancel);
        await using var ended = new RefusingEngine(OrchestrationRuntimeStatus.Completed);
        await ended.StartOnceAsync("Flow", "id", "input", Cancel);
    }

    private static IEnumerable<string> Orchestrators =>
        from type in typeof(AppServices).Assembly.GetTypes()
        from method in type.GetMethods()
        where method.GetParameters().Any(parameter => parameter.IsDefined(typeof(OrchestrationTriggerAttribute)))
        select method.GetCustomAttribute<FunctionAttribute>()!.Name;

    private static Task<List<Azure.Data.Tables.TableEntity>> EventsOfAsync(TestApp app, TestLink link) =>
        app.RowsAsync("Users", $"LinkId eq '{link.Id}' and RowKey ge 'event|' and RowKey lt 'event}}'");

    /// <summary>Stands for followers that ask an engine which does not answer.</summary>
    private sealed class FickleFollower : IEventFollower
    {
        private int _asked;

        public bool IsDown { get; set; }

        public int Asked => _asked;

        public Task FollowAsync(DurableTaskClient durable, EventRow happened, CancellationToken ct)
        {
            Interlocked.Increment(ref _asked);
            return IsDown ? throw new InvalidOperationException("The engine does not answer.") : Task.CompletedTask;
        }
    }

    /// <summary>Refuses to start and to wake; knows one instance or none.</summary>
    private sealed class RefusingEngine(OrchestrationRuntimeStatus? status) : DurableTaskClient("refusing")
    {
        public override Task<string> ScheduleNewOrchestrationInstanceAsync(
            TaskName orchestratorName,
            object? input = null,
            StartOrchestrationOptions? options = null,
            CancellationToken cancellation = default
        ) => throw new InvalidOperationException();

        public override Task RaiseEventAsync(
            string instanceId,
            string eventName,
            object? eventPayload = null,
            CancellationToken cancellation = default
        ) => throw new InvalidOperationException();

        public override Task<OrchestrationMetadata?> GetInstancesAsync(
            string instanceId,
            bool getInputsAndOutputs = false,
            CancellationToken cancellation = default
        ) =>
            Task.FromResult(
                status is { } known ? new OrchestrationMetadata("Flow", instanceId) { RuntimeStatus = known } : null
            );

        public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
            string instanceId,
            bool getInputsAndOutputs = false,
            CancellationToken cancellation = default
        ) => throw new NotSupportedException();

        public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
            string instanceId,
            bool getInputsAndOutputs = false,
            CancellationToken cancellation = default
        ) => throw new NotSupportedException();

        public override Task SuspendInstanceAsync(
            string instanceId,
            string? reason = null,
            CancellationToken cancellation = default
        ) => throw new NotSupportedException();

        public override Task ResumeInstanceAsync(
            string instanceId,
            string? reason = null,
            CancellationToken cancellation = default
        ) => throw new NotSupportedException();

        public override Microsoft.DurableTask.AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(
            OrchestrationQuery? filter = null
        ) => throw new NotSupportedException();

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
