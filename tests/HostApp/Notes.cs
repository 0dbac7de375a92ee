using Microsoft.Extensions.Configuration;

namespace Serverless.HostApp;

/// <summary>
/// What functions did, a line each, in the file that the setting <c>Notes</c> names: it outlives a worker that is
/// killed, and a test reads it whether the worker is in its own process or not.
/// </summary>
public sealed class Notes(IConfiguration settings)
{
    private static readonly Lock Writing = new();
    private readonly string? _file = settings["Notes"];

    public void Add(string line)
    {
        if (_file is null)
            return;
        lock (Writing)
            File.AppendAllText(_file, line + "\n");
    }

    /// <summary>How often this line was added.</summary>
    public int Count(string line)
    {
        lock (Writing)
            return _file is not null && File.Exists(_file) ? File.ReadLines(_file).Count(other => other == line) : 0;
    }
}
