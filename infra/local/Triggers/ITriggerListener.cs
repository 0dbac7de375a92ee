namespace Serverless.Local.Triggers;

/// <summary>Starts the functions of one trigger.</summary>
internal interface ITriggerListener
{
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Starts no more functions and waits for those under way.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
