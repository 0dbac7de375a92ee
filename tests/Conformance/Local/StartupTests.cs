using System.Net;
using System.Net.Sockets;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Serverless.Local.Hosting;
using Xunit;

namespace Serverless.Conformance.Worker;

public sealed class StartupTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("settings-");

    public static TheoryData<Type, string, string> Refusals => new()
    {
        { typeof(Broken.SameName), "twin", "Give each a name of its own" },
        { typeof(Broken.SameRoute), "ReadThing", "both answer GET /api/things/" },
        { typeof(Broken.NoTrigger), "Idle", "has no trigger" },
        { typeof(Broken.TwoTriggers), "Torn", "has 2 triggers" },
        { typeof(Broken.OtherTrigger), "Foreign", "QueueTriggerAttribute, which the local platform does not support" },
        { typeof(Broken.OtherInput), "Blobby", "BlobInputAttribute on 'text', which the local platform does not support" },
        { typeof(Broken.Output), "Sender", "output binding ServiceBusOutAttribute" },
        { typeof(Broken.DroppedResult), "Dropped", "returns Task<String>, which the real worker silently drops" },
        { typeof(Broken.UnreadResult), "Unread", "Return Task or void" },
        { typeof(Broken.Unawaited), "Unawaited", "which the worker does not await" },
        { typeof(Broken.AsyncVoid), "Adrift", "is async void" },
        { typeof(Broken.WrongClient), "Clientele", "exactly the type DurableTaskClient" },
        { typeof(Broken.WrongRequest), "Stringy", "Make it HttpRequest" },
        { typeof(Broken.NoContext), "Contextless", "Make it TaskOrchestrationContext" },
        { typeof(Broken.Unbound), "Unbound", "Parameter 'other'" },
        { typeof(Broken.ContextParameter), "Contextual", "GetHttpContext()" },
        { typeof(Broken.BadRoute), "Unclosed", "is no route template" },
        { typeof(Broken.BadSchedule), "Unscheduled", "a schedule has six" },
        { typeof(Broken.MissingSetting), "Unset", "needs the setting 'NoSuchSetting'" },
        { typeof(Broken.MissingConnection), "Unconnected", "needs the setting 'NoSuchConnection'" },
        { typeof(Broken.NoSuchQueues), "Queueless", "which does not exist" },
        { typeof(Broken.Topic), "Topical", "has queues only" },
        { typeof(Broken.RetriedRequest), "Insistent", "which only timers support" },
        { typeof(Broken.Needy), "Needy", "needs a System.IFormattable, which is not registered" },
        { typeof(Broken.Hidden), "Hidden", "is not public" },
    };

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task An_app_does_not_start_with_a_function_that_would_not_work(Type functions, string name, string reason)
    {
        var refusal = await Assert.ThrowsAsync<StartupException>(() => FunctionsApp.StartAsync(functions));
        Assert.Contains($"'{name}'", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Http_functions_need_the_web_application()
    {
        var refusal = await Assert.ThrowsAsync<StartupException>(() => FunctionsApp.StartAsync([typeof(HttpFunctions)], _ => { }));
        Assert.Contains("ConfigureFunctionsWebApplication", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Middleware_comes_after_the_web_application()
    {
        var refusal = await Assert.ThrowsAsync<StartupException>(() => FunctionsApp.StartAsync([typeof(HttpFunctions)], builder =>
        {
            builder.UseMiddleware((_, next) => next());
            builder.ConfigureFunctionsWebApplication();
        }));
        Assert.Contains("before builder.ConfigureFunctionsWebApplication()", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var start = new LocalAppStart(typeof(StartupTests).Assembly, [typeof(HttpFunctions)], [new("Local__DataFolder", "memory")]);
        var refusal = await Assert.ThrowsAsync<StartupException>(() => Serverless.Local.LocalApp.StartAsync(start, _ =>
        {
            var builder = FunctionsApplication.CreateBuilder(["--port", $"{port}"]);
            builder.ConfigureFunctionsWebApplication();
            builder.Build().Run();
            return Task.CompletedTask;
        }, TestContext.Current.CancellationToken));
        Assert.StartsWith($"Port {port} is taken.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_apps_do_not_share_a_data_folder()
    {
        var settings = new Dictionary<string, string?> { ["Local__DataFolder"] = _folder.FullName };
        await using (await FunctionsApp.StartAsync([typeof(HttpFunctions)], builder => builder.ConfigureFunctionsWebApplication(), settings))
        {
            var refusal = await Assert.ThrowsAsync<StartupException>(() =>
                FunctionsApp.StartAsync([typeof(HttpFunctions)], builder => builder.ConfigureFunctionsWebApplication(), settings));
            Assert.Contains("is in use", refusal.Message, StringComparison.Ordinal);
        }
        await using var next = await FunctionsApp.StartAsync([typeof(HttpFunctions)], builder => builder.ConfigureFunctionsWebApplication(), settings);
    }

    [Fact]
    public async Task The_clock_keeps_its_offset_over_a_restart()
    {
        var settings = new Dictionary<string, string?> { ["Local__DataFolder"] = _folder.FullName };
        await using (var app = await FunctionsApp.StartAsync([typeof(HttpFunctions)], builder => builder.ConfigureFunctionsWebApplication(), settings))
            await app.Clock.AdvanceAsync(TimeSpan.FromDays(3), TestContext.Current.CancellationToken);
        await using var next = await FunctionsApp.StartAsync([typeof(HttpFunctions)], builder => builder.ConfigureFunctionsWebApplication(), settings);
        Assert.Equal(3, next.Clock.Offset.TotalDays, 3);
    }

    [Fact]
    public async Task The_route_prefix_comes_from_host_json_settings()
    {
        await using var app = await FunctionsApp.StartAsync(
            [typeof(HttpFunctions)], builder => builder.ConfigureFunctionsWebApplication(), new() { ["AzureFunctionsJobHost__extensions__http__routePrefix"] = "" });
        Assert.Equal("Hello Ada by GET", await app.GetStringAsync("/hello/Ada"));
        Assert.Equal(HttpStatusCode.NotFound, (await app.GetAsync("/api/hello/Ada")).StatusCode);
    }

    [Fact]
    public void Local_settings_give_way_to_the_environment_which_gives_way_to_the_command_line()
    {
        var variable = "SETTINGS_TEST_" + Guid.NewGuid().ToString("n");
        Write("local.settings.json", $$"""{ "IsEncrypted": false, "Values": { "Deep__Key": "file", "{{variable}}": "file", "OnLine": "file", "Number": 5 } }""");
        Write("local.settings.sample.json", """{ "Values": { "Deep__Key": "sample", "OnlySample": "x" } }""");
        Environment.SetEnvironmentVariable(variable, "environment");
        var settings = Read(["--OnLine", "line"]);
        Environment.SetEnvironmentVariable(variable, null);
        Assert.Equal(("file", "environment", "line", "5", null), (settings["Deep:Key"], settings[variable], settings["OnLine"], settings["Number"], settings["OnlySample"]));
    }

    [Fact]
    public void The_sample_stands_in_for_missing_local_settings()
    {
        Write("local.settings.sample.json", """{ "Values": { "Deep__Key": "sample" } } // why""");
        Assert.Equal("sample", Read([])["Deep:Key"]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{ "IsEncrypted": true, "Values": {} }""")]
    public void Malformed_local_settings_are_refused_by_name(string content)
    {
        Write("local.settings.json", content);
        Assert.Contains("local.settings.json", Assert.Throws<StartupException>(() => Read([])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_json_sets_what_the_platform_understands_and_the_rest_is_ignored()
    {
        Write("host.json", """
            { "version": "2.0", "unknown": { "x": 1 }, "logging": { "logLevel": { "default": "Warning", "Mine": "Debug" } },
              "extensions": { "serviceBus": { "maxConcurrentCalls": 7, "autoCompleteMessages": false, "maxAutoLockRenewalDuration": "00:02:00" } } }
            """);
        var host = HostJson.Read(_folder.FullName, new ConfigurationBuilder().Build());
        Assert.Equal("api", host.RoutePrefix);
        Assert.Equal(new ServiceBusSettings(7, false, TimeSpan.FromMinutes(2)), host.ServiceBus);
        var levels = new Dictionary<string, string?>(host.LogLevels, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(("Warning", "Debug", "Warning"), (levels["Logging:LogLevel:Default"], levels["Logging:LogLevel:Mine"], levels["Logging:LogLevel:Azure.Core"]));
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder.FullName, name), content);

    private IConfiguration Read(string[] args)
    {
        var builder = new ConfigurationBuilder();
        LocalSettings.Add(builder, _folder.FullName, args, []);
        return builder.Build();
    }
}
