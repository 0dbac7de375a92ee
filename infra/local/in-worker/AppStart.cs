using System.Diagnostics;
using Microsoft.Extensions.Hosting;

namespace Serverless.Local.InWorker;

/// <summary>
/// What is done to an app's host while the app builds it. The .NET host announces both moments (diagnostic listener
/// <c>Microsoft.Extensions.Hosting</c>, events <c>HostBuilding</c> and <c>HostBuilt</c>); test servers and design-time
/// tools use the same.
/// </summary>
/// <param name="configure">
/// Called when everything of the app is registered; what it adds comes last, and so wins.
/// </param>
/// <param name="built">Called with the finished host.</param>
internal sealed class AppStart(Action<IHostBuilder> configure, Action<IHost> built)
{
    private static readonly AsyncLocal<AppStart?> Flow = new();
    private static readonly Lazy<IDisposable> Observing = new(() =>
        DiagnosticListener.AllListeners.Subscribe(new Listeners())
    );

    /// <summary>That of the app whose entry point runs in this flow; null elsewhere.</summary>
    public static AppStart? Current
    {
        get => Flow.Value ?? Default;
        set => Flow.Value = value;
    }

    /// <summary>That of a process with one app.</summary>
    public static AppStart? Default { get; set; }

    /// <summary>Begins to listen, once a process.</summary>
    public static void Observe() => _ = Observing.Value;

    private sealed class Listeners : IObserver<DiagnosticListener>
    {
        public void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Microsoft.Extensions.Hosting" && Current is not null)
                value.Subscribe(new Events());
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }

    private sealed class Events : IObserver<KeyValuePair<string, object?>>
    {
        public void OnNext(KeyValuePair<string, object?> value)
        {
            if (Current is not { } start)
                return;
            if (value is { Key: "HostBuilding", Value: IHostBuilder builder })
                start.Configure(builder);
            else if (value is { Key: "HostBuilt", Value: IHost host })
                start.Built(host);
        }

        public void OnCompleted() { }

        public void OnError(Exception error) { }
    }

    private void Configure(IHostBuilder builder) => configure(builder);

    private void Built(IHost host) => built(host);
}
