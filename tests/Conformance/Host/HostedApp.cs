using System.Diagnostics;
using System.Globalization;
using Azure.Messaging.ServiceBus;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Serverless.Conformance.Durable;
using Serverless.Local;
using Xunit;

namespace Serverless.Conformance.Host;

/// <summary>The app of <c>tests/HostApp</c> with its host in this process.</summary>
public sealed class HostedApp : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;
    private readonly LogRecorder _log;

    private HostedApp(LocalApp app, DirectoryInfo folder, LogRecorder log)
    {
        App = app;
        _folder = folder;
        _log = log;
        Notes = new NoteFile(NotesIn(folder));
        Http = new HttpClient { BaseAddress = app.BaseAddress };
    }

    public LocalApp App { get; }

    public HttpClient Http { get; }

    public NoteFile Notes { get; }

    /// <summary>What the host has logged as a warning or worse.</summary>
    public IReadOnlyList<string> Complaints => _log.Complaints;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<HostedApp> StartAsync(params (string Name, string? Value)[] settings)
    {
        // The other app of this process must have started before: the worker finds its functions by the entry assembly,
        // which is one for the process, while it starts.
        await DurableWorker.GetAsync();
        var folder = Directory.CreateTempSubdirectory("hosted-");
        var log = new LogRecorder();
        try
        {
            var app = await LocalApp.StartAsync(
                typeof(Serverless.HostApp.Notes).Assembly,
                [
                    .. HostFiles
                        .Settings(NotesIn(folder))
                        .Concat(settings)
                        .Select(pair => KeyValuePair.Create(pair.Name, pair.Value)),
                ],
                log: log,
                cancellationToken: Cancel
            );
            return new HostedApp(app, folder, log);
        }
        catch
        {
            folder.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>A client of the app's queues, as a function would have.</summary>
    public ServiceBusClient ServiceBus() =>
        new(App.Services.GetRequiredService<IConfiguration>()["ServiceBusConnection"]);

    public async Task SendAsync(string queue, ServiceBusMessage message)
    {
        await using var client = ServiceBus();
        await client.CreateSender(queue).SendMessageAsync(message, Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private static string NotesIn(DirectoryInfo folder) => Path.Combine(folder.FullName, "notes");
}

/// <summary>What functions noted (see <c>Serverless.HostApp.Notes</c>).</summary>
public sealed class NoteFile(string file)
{
    public IReadOnlyList<string> Lines
    {
        get
        {
            if (!File.Exists(file))
                return [];
            using var reader = new StreamReader(
                new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)
            );
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
    }

    public int Count(string line) => Lines.Count(other => other == line);

    /// <param name="line">What should be noted.</param>
    /// <param name="state">What the failure should tell beside the notes.</param>
    public Task UntilAsync(string line, Func<string>? state = null) =>
        Eventually.IsAsync(
            () => Count(line) > 0,
            () => $"Missing: {line}\n{string.Join('\n', Lines)}\n{state?.Invoke()}"
        );
}

internal static class Eventually
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);

    /// <summary>Waits until something that others do has happened.</summary>
    public static Task IsAsync(Func<bool> condition, Func<string>? state = null) =>
        IsAsync(() => Task.FromResult(condition()), state);

    public static async Task IsAsync(Func<Task<bool>> condition, Func<string>? state = null)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Timeout, $"It did not happen. {state?.Invoke()}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>Keeps what is logged as a warning or worse.</summary>
internal sealed class LogRecorder : ILoggerProvider, ILogger
{
    private readonly List<string> _complaints = [];

    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints)
                return [.. _complaints];
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    )
    {
        if (!IsEnabled(logLevel))
            return;
        lock (_complaints)
            _complaints.Add(
                string.Create(CultureInfo.InvariantCulture, $"{logLevel}: {formatter(state, exception)} {exception}")
            );
    }

    public void Dispose() { }
}
