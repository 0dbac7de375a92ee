using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace Serverless.Benchmarks;

/// <summary>An app as a user runs it: host, worker and Azurite are three processes, with their data on disk.</summary>
internal sealed class HostApp : IAsyncDisposable
{
    private readonly ChildProgram _program;

    private HostApp(ChildProgram program, string dataFolder)
    {
        _program = program;
        Http = Clients.New(program.Address);
        Use = ProcessUse.Of(program.Id, dataFolder);
    }

    public HttpClient Http { get; }

    public ProcessUse Use { get; }

    /// <param name="app">The output to run.</param>
    /// <param name="settings">Names with <c>__</c>; the folder for data is one of them.</param>
    public static async Task<HostApp> StartAsync(string app, IReadOnlyDictionary<string, string?> settings) =>
        new(await ChildProgram.StartAsync(Built.Host, [app, "--port", "0"], settings), settings["Local__DataFolder"]!);

    /// <summary>From the start of the process to the first answer; nothing is left of it.</summary>
    public static async Task<TimeSpan> MeasureStartAsync(
        string app,
        IReadOnlyDictionary<string, string?> settings,
        string path
    )
    {
        var started = Stopwatch.GetTimestamp();
        await using var running = await StartAsync(app, settings);
        using var answer = await running.Http.GetAsync(path);
        answer.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(started);
    }

    public async Task SendAsync(Request request)
    {
        using var message = request.ToMessage(new Uri(Http.BaseAddress!, request.Path));
        using var answer = await Http.SendAsync(message);
        request.Check(answer);
        await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>For calls with a JSON answer.</summary>
    public async Task<JsonElement> PostAsync(string path, object? body = null)
    {
        using var answer = await Http.PostAsJsonAsync(path, body ?? new { });
        if (!answer.IsSuccessStatusCode)
        {
            var text = await answer.Content.ReadAsStringAsync();
            throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
        }
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public Task PassMinuteAsync() => PostAsync("/local/clock", new { advance = "00:01:01" });

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _program.DisposeAsync();
    }

    /// <summary>Measures, and adds what each process spent of a core on each of what was counted.</summary>
    public async Task<(Measurement Measured, string Spent)> SpendAsync(Func<Task<Measurement>> load)
    {
        var before = Use.Processor;
        var measured = await load();
        var after = Use.Processor;
        var azurite = after.Azurite > TimeSpan.Zero ? $", Azurite {Each(after.Azurite - before.Azurite)}" : "";
        return (
            measured,
            $"host {Each(after.Host - before.Host)}, worker {Each(after.Worker - before.Worker)}{azurite} ms of a core each"
        );

        string Each(TimeSpan spent) =>
            (spent.TotalMilliseconds / measured.Count).ToString("0.00", CultureInfo.InvariantCulture);
    }
}
