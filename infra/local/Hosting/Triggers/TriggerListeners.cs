using Microsoft.Extensions.Hosting;

namespace Serverless.Local.Hosting;

/// <summary>Starts the functions of one trigger.</summary>
internal interface ITriggerListener
{
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Starts no more functions and waits for those under way.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}

/// <summary>All listeners of the app; started after its own hosted services and before the web server, stopped in the opposite order.</summary>
internal sealed class TriggerListeners : IHostedService
{
    public List<ITriggerListener> All { get; } = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var listener in All)
            await listener.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(All.Select(listener => listener.StopAsync(cancellationToken)));
}
