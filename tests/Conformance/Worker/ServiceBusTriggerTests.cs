using Azure.Messaging.ServiceBus;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Serverless.Conformance.Worker;

public sealed class ServiceBusTriggerTests
{
    private readonly Seen _seen = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<FunctionsApp> StartAsync(Type functions, Action<FunctionsApplicationBuilder>? configure = null) =>
        FunctionsApp.StartAsync(
            [functions],
            builder =>
            {
                builder.ConfigureFunctionsWebApplication();
                builder.Services.AddSingleton(_seen);
                builder.Services.AddSingleton(services => new ServiceBusClient(services.GetRequiredService<IConfiguration>()["ServiceBusConnection"]!));
                configure?.Invoke(builder);
            },
            new() { ["OrderQueue"] = "events" });

    private static ServiceBusClient Client(FunctionsApp app) => app.Services.GetRequiredService<ServiceBusClient>();

    private static Task SendAsync(FunctionsApp app, string queue, ServiceBusMessage message) => Client(app).CreateSender(queue).SendMessageAsync(message, Cancel);

    private static async Task<ServiceBusReceivedMessage?> DeadLetterAsync(FunctionsApp app, string queue)
    {
        await app.Clock.WhenIdleAsync(TimeSpan.FromSeconds(5), Cancel);
        var receiver = Client(app).CreateReceiver(queue, new ServiceBusReceiverOptions { SubQueue = SubQueue.DeadLetter });
        return await receiver.PeekMessageAsync(cancellationToken: Cancel);
    }

    [Fact]
    public async Task A_message_that_the_function_completes_is_gone()
    {
        await using var app = await StartAsync(typeof(SettlingFunctions));
        await SendAsync(app, "webhooks", new ServiceBusMessage("body") { Subject = "complete", MessageId = "m1" });
        Assert.Equal("complete body 1 m1", await _seen.NextAsync());
        Assert.Null(await DeadLetterAsync(app, "webhooks"));
        Assert.Null(await Client(app).CreateReceiver("webhooks").PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task An_abandoned_message_comes_again_with_its_changed_properties()
    {
        await using var app = await StartAsync(typeof(SettlingFunctions));
        await SendAsync(app, "webhooks", new ServiceBusMessage("body") { Subject = "abandon", MessageId = "m2" });
        Assert.Equal("abandon body 1 m2", await _seen.NextAsync());
        Assert.Equal("abandon body 2 m2", await _seen.NextAsync());
        Assert.Equal("again with 1", await _seen.NextAsync());
    }

    [Fact]
    public async Task A_dead_lettered_message_keeps_its_reason()
    {
        await using var app = await StartAsync(typeof(SettlingFunctions));
        await SendAsync(app, "webhooks", new ServiceBusMessage("body") { Subject = "deadletter" });
        await _seen.NextAsync();
        var dead = await DeadLetterAsync(app, "webhooks");
        Assert.Equal(("unwanted", "not today"), (dead?.DeadLetterReason, dead?.DeadLetterErrorDescription));
    }

    [Fact]
    public async Task A_message_that_always_fails_is_dead_lettered_after_its_deliveries()
    {
        await using var app = await StartAsync(typeof(SettlingFunctions));
        await SendAsync(app, "webhooks", new ServiceBusMessage("body") { Subject = "poison", MessageId = "m3" });
        for (var delivery = 1; delivery <= 10; delivery++)
            Assert.Equal($"poison body {delivery} m3", await _seen.NextAsync());
        Assert.Equal("MaxDeliveryCountExceeded", (await DeadLetterAsync(app, "webhooks"))?.DeadLetterReason);
    }

    [Fact]
    public async Task A_json_body_becomes_the_parameters_type_and_the_message_is_completed()
    {
        await using var app = await StartAsync(typeof(OrderFunctions));
        await SendAsync(app, "events", new ServiceBusMessage("{\"item\":\"apple\",\"COUNT\":3}") { MessageId = "o1" });
        Assert.Equal("o1 apple 3", await _seen.NextAsync());
        await app.Clock.WhenIdleAsync(TimeSpan.FromSeconds(5), Cancel);
        Assert.Null(await Client(app).CreateReceiver("events").PeekMessageAsync(cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_body_that_is_no_json_of_the_type_fails_until_it_is_dead_lettered()
    {
        await using var app = await StartAsync(typeof(OrderFunctions));
        await SendAsync(app, "events", new ServiceBusMessage("no json"));
        Assert.True(await app.Clock.WhenIdleAsync(TimeSpan.FromSeconds(5), Cancel));
        Assert.NotNull(await DeadLetterAsync(app, "events"));
    }

    [Fact]
    public async Task Scheduled_messages_follow_the_clock()
    {
        await using var app = await StartAsync(typeof(TextFunctions));
        await Client(app).CreateSender("events").ScheduleMessageAsync(new ServiceBusMessage("later"), app.Clock.GetUtcNow().AddHours(2), Cancel);
        await app.Clock.AdvanceAsync(TimeSpan.FromHours(1), Cancel);
        Assert.Empty(_seen.Drain());
        await app.Clock.AdvanceAsync(TimeSpan.FromHours(1), Cancel);
        Assert.Equal(["later"], _seen.Drain());
    }

    [Fact]
    public async Task Middleware_runs_around_message_functions_too()
    {
        await using var app = await StartAsync(typeof(TextFunctions), builder => builder.UseMiddleware(async (context, next) =>
        {
            _seen.Add("before " + context.FunctionDefinition.InputBindings["text"].Type);
            await next();
        }));
        await SendAsync(app, "events", new ServiceBusMessage("hello"));
        Assert.Equal("before serviceBusTrigger", await _seen.NextAsync());
        Assert.Equal("hello", await _seen.NextAsync());
    }
}
