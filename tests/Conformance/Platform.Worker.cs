using System.Net.Http.Json;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using Serverless.Local;
using Serverless.Local.Hosting;
using Serverless.Local.Time;
using Xunit;

namespace Serverless.Conformance.Worker;

/// <summary>A functions app made of some classes of this assembly, started as its Program.cs would and called over HTTP.</summary>
public sealed class FunctionsApp : IAsyncDisposable
{
    private readonly LocalApp _app;
    private readonly HttpClient _http;

    private FunctionsApp(LocalApp app)
    {
        _app = app;
        _http = new HttpClient { BaseAddress = app.BaseAddress };
    }

    public LocalClock Clock => _app.Clock;
    public DurableTaskClient DurableTaskClient => _app.DurableTaskClient;
    public IServiceProvider Services => _app.Services;
    public Uri BaseAddress => _app.BaseAddress;

    public static Task<FunctionsApp> StartAsync(params Type[] functions) => StartAsync(functions, builder => builder.ConfigureFunctionsWebApplication());

    public static async Task<FunctionsApp> StartAsync(
        Type[] functions, Action<FunctionsApplicationBuilder> configure, Dictionary<string, string?>? settings = null)
    {
        var all = new Dictionary<string, string?>
        {
            ["Local__DataFolder"] = "memory",
            ["ServiceBusConnection"] = "Endpoint=sb://localhost/;SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true",
        };
        foreach (var (key, value) in settings ?? [])
            all[key] = value;
        var start = new LocalAppStart(typeof(FunctionsApp).Assembly, functions, all);
        return new FunctionsApp(await LocalApp.StartAsync(start, args =>
        {
            var builder = FunctionsApplication.CreateBuilder(args);
            configure(builder);
            builder.Build().Run();
            return Task.CompletedTask;
        }, TestContext.Current.CancellationToken));
    }

    public Task<HttpResponseMessage> GetAsync(string path) => _http.GetAsync(path, TestContext.Current.CancellationToken);

    public Task<string> GetStringAsync(string path) => _http.GetStringAsync(path, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostAsync(string path, HttpContent? content = null) => _http.PostAsync(path, content, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> PostJsonAsync<T>(string path, T value) => _http.PostAsJsonAsync(path, value, TestContext.Current.CancellationToken);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) => _http.SendAsync(request, TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }
}
