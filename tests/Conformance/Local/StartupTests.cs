using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Serverless.Conformance.Host;
using Serverless.Local.Hosting;
using Serverless.Local.Worker;
using Xunit;

namespace Serverless.Conformance.Local;

/// <summary>What keeps an app from starting is said in a sentence that tells what to do.</summary>
public sealed class StartupTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("settings-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_taken_port_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;

        Assert.StartsWith(
            $"Port {port} is taken. Stop what listens there",
            await RefusalAsync(("port", $"{port}")),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("70000")]
    [InlineData("-1")]
    [InlineData("web")]
    public async Task A_port_that_is_none_is_refused(string port) =>
        Assert.StartsWith($"'--port {port}' is no port", await RefusalAsync(("port", port)), StringComparison.Ordinal);

    [Theory]
    [InlineData(
        "HourlySchedule",
        "every hour",
        "Function 'Hourly' (Serverless.HostApp.TimedFunctions.Hourly) has the schedule 'every hour', which is none"
    )]
    [InlineData(
        "HourlySchedule",
        "01:00:00",
        "Function 'Hourly' (Serverless.HostApp.TimedFunctions.Hourly) has the schedule '01:00:00', an interval"
    )]
    [InlineData(
        "HourlySchedule",
        null,
        "Function 'Hourly' needs the setting 'HourlySchedule'. Add it to Values in local.settings.json."
    )]
    [InlineData(
        "FineQueue",
        null,
        "Function 'Fine' needs the setting 'FineQueue'. Add it to Values in local.settings.json."
    )]
    [InlineData("FineQueue", "nowhere", "Function 'Fine' listens to the queue 'nowhere', which does not exist.")]
    [InlineData("ServiceBusConnection", null, "needs the setting 'ServiceBusConnection', a connection string.")]
    [InlineData(
        "ServiceBusConnection",
        "Endpoint=nonsense",
        "has the setting 'ServiceBusConnection', which is no connection string"
    )]
    [InlineData(
        "ServiceBusConnection",
        "UseDevelopmentEmulator=true",
        "has the setting 'ServiceBusConnection', which is no connection string"
    )]
    [InlineData("Local:Queues", "no-such-file.json", "no-such-file.json cannot be read")]
    [InlineData("AzureFunctionsJobHost:extensions:http:routePrefix", "{api", "which is no route template")]
    public async Task A_setting_that_is_missing_or_wrong_is_named(string name, string? value, string sentence) =>
        Assert.Contains(sentence, await RefusalAsync((name, value)), StringComparison.Ordinal);

    [Fact]
    public async Task Two_apps_do_not_share_a_data_folder_and_the_clock_keeps_its_offset_in_it()
    {
        var data = ("Local:DataFolder", (string?)_folder.FullName);
        await using (var app = await HostedApp.StartAsync(data))
        {
            Assert.StartsWith(
                $"The data folder {_folder.FullName} is in use",
                await RefusalAsync(data),
                StringComparison.Ordinal
            );
            await app.App.Clock.AdvanceAsync(TimeSpan.FromDays(3), Cancel);
        }

        await using var next = await HostedApp.StartAsync(data);
        Assert.Equal(3, next.App.Clock.Offset.TotalDays, 3);
    }

    [Fact]
    public async Task A_data_folder_that_cannot_be_is_refused()
    {
        Write("file", "");

        var refusal = await RefusalAsync(("Local:DataFolder", Path.Combine(_folder.FullName, "file", "below")));

        Assert.Contains("in use or cannot be written", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_host_prints_its_sentence_and_ends()
    {
        var (exitCode, printed) = await HostProcess.RefuseAsync(_folder.FullName);

        Assert.Equal(1, exitCode);
        Assert.Equal(
            $"{_folder.FullName} is no output of a functions app: it has no host.json. "
                + "Give the folder that `dotnet build functions` or `dotnet publish functions` wrote.",
            printed
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_app_is_the_only_program_of_its_folder(int programs)
    {
        Write("host.json", "{}");
        for (var number = 1; number <= programs; number++)
        {
            Write($"{number}.runtimeconfig.json", "{}");
            Write($"{number}.dll", "");
        }

        var refusal = Assert.Throws<StartupException>(() => AppFolder.AssemblyIn(_folder.FullName));

        Assert.Equal(
            $"{_folder.FullName} has {programs} programs in it; the app must be the only one.",
            refusal.Message
        );
    }

    [Fact]
    public void A_topic_and_a_lonely_percent_sign_are_refused()
    {
        var function = Function("""{ "type": "serviceBusTrigger", "name": "message", "topicName": "news" }""");

        var refusal = Assert.Throws<StartupException>(() => Read().Resolve("a%b", function));
        Assert.Equal(
            "Function 'Mine' has 'a%b' in its trigger, where a % stands alone. Settings are written %name%.",
            refusal.Message
        );
    }

    [Fact]
    public void Settings_in_a_trigger_are_replaced_once()
    {
        var settings = LocalSettings.Read(
            _folder.FullName,
            [new("A__B", "%C%"), new("C", "c")],
            withEnvironment: false
        );

        Assert.Equal("x-c-c", settings.Resolve("x-%A:B%-%C%", Function("""{ "type": "timerTrigger", "name": "t" }""")));
    }

    [Fact]
    public void Local_settings_give_way_to_the_environment_which_gives_way_to_the_command_line()
    {
        var variable = "SETTINGS_TEST_" + Guid.NewGuid().ToString("n");
        Write(
            "local.settings.json",
            $$"""{ "IsEncrypted": false, "Values": { "Deep__Key": "file", "{{variable}}": "file", "OnLine": "file", "Number": 5 } }"""
        );
        Write("local.settings.sample.json", """{ "Values": { "Deep__Key": "sample", "OnlySample": "x" } }""");
        Environment.SetEnvironmentVariable(variable, "environment");
        var settings = Read(new KeyValuePair<string, string?>("OnLine", "line"));
        var toWorker = settings.ForWorker([new("Host:Own", "own")], LocalSettings.EnvironmentName);
        Environment.SetEnvironmentVariable(variable, null);

        Assert.Equal(
            ("file", "environment", "line", "5", null),
            (
                settings.Values["Deep:Key"],
                settings.Values[variable],
                settings.Values["OnLine"],
                settings.Values["Number"],
                settings.Values["OnlySample"]
            )
        );
        Assert.Equal(
            ["Deep__Key=file", "Host__Own=own", "Number=5", "OnLine=line"],
            toWorker.Select(pair => $"{pair.Key}={pair.Value}").Order()
        );
    }

    [Fact]
    public void The_sample_stands_in_for_missing_local_settings()
    {
        Write("local.settings.sample.json", """{ "Values": { "Deep__Key": "sample" } } // why""");

        Assert.Equal("sample", Read().Values["Deep:Key"]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{ "Values": [] }""")]
    [InlineData("""{ "IsEncrypted": true, "Values": {} }""")]
    public void Malformed_local_settings_are_refused_by_name(string content)
    {
        Write("local.settings.json", content);

        Assert.Contains(
            "local.settings.json",
            Assert.Throws<StartupException>(() => Read()).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    public void A_malformed_host_json_is_refused(string content)
    {
        Write("host.json", content);

        var refusal = Assert.Throws<StartupException>(() =>
            HostJson.Read(_folder.FullName, new ConfigurationBuilder().Build())
        );

        Assert.StartsWith("host.json cannot be read", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Host_json_sets_what_the_host_understands_and_settings_win_over_it()
    {
        Write(
            "host.json",
            """
            { "version": "2.0", "unknown": { "x": 1 }, "logging": { "logLevel": { "default": "Warning", "Mine": "Debug" } },
              "extensions": { "serviceBus": { "maxConcurrentCalls": 7, "autoCompleteMessages": false, "maxAutoLockRenewalDuration": "00:02:00" } } }
            """
        );
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection([new("AzureFunctionsJobHost:extensions:serviceBus:prefetchCount", "3")])
            .Build();

        var host = HostJson.Read(_folder.FullName, settings);

        Assert.Equal("api", host.RoutePrefix);
        Assert.Equal(new ServiceBusSettings(7, 3, false, TimeSpan.FromMinutes(2)), host.ServiceBus);
        var levels = new Dictionary<string, string?>(host.LogLevels, StringComparer.OrdinalIgnoreCase);
        Assert.Equal(
            ("Warning", "Debug", "Warning"),
            (levels["Logging:LogLevel:Default"], levels["Logging:LogLevel:Mine"], levels["Logging:LogLevel:Azure.Core"])
        );
    }

    private static LoadedFunction Function(string trigger) =>
        new("Mine", "1", "App.Mine", JsonElement.Parse(trigger), [], null);

    private static async Task<string> RefusalAsync((string, string?) setting)
    {
        var refusal = await Assert.ThrowsAsync<StartupException>(() => HostedApp.StartAsync(setting));
        return refusal.Message;
    }

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(_folder.FullName, name), content);

    private LocalSettings Read(params KeyValuePair<string, string?>[] given) =>
        LocalSettings.Read(_folder.FullName, given);
}
