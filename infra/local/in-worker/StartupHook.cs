using Serverless.Local.InWorker;

/// <summary>
/// Runs before the app's entry point in a worker process that the local host started (environment variable
/// <c>DOTNET_STARTUP_HOOKS</c>). The app itself knows nothing of it, so that any published output can be run.
/// </summary>
internal static class StartupHook
{
    public static void Initialize() => ChildWorker.Begin();
}
