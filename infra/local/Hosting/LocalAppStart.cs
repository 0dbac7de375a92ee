using System.Reflection;

namespace Serverless.Local.Hosting;

/// <summary>How a program that runs several apps tells the builder which one it builds: what is set here flows with the thread of the app's entry point.</summary>
internal sealed class LocalAppStart(Assembly app, IReadOnlyCollection<Type>? types, IReadOnlyCollection<KeyValuePair<string, string?>> settings)
{
    private static readonly AsyncLocal<LocalAppStart?> Flow = new();

    public static LocalAppStart? Current { get => Flow.Value; set => Flow.Value = value; }

    public Assembly App => app;

    /// <summary>Where functions are looked for; null for the whole assembly.</summary>
    public IReadOnlyCollection<Type>? Types => types;

    public IReadOnlyCollection<KeyValuePair<string, string?>> Settings => settings;

    /// <summary>Completes when the app listens.</summary>
    public TaskCompletionSource<LocalHost> Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
