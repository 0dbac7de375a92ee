using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Serverless.Local.Worker.Rpc;

namespace Serverless.Local.Worker;

/// <summary>Writes what the worker logs into the host's log, under its own categories.</summary>
internal sealed class WorkerLog(ILoggerFactory loggers)
{
    private readonly ConcurrentDictionary<string, ILogger> _loggers = new();

    public void Write(RpcLog entry)
    {
        var logger = _loggers.GetOrAdd(
            entry.Category is { Length: > 0 } category ? category : "Worker",
            loggers.CreateLogger
        );
        var level = (LogLevel)entry.Level;
        if (!logger.IsEnabled(level))
            return;
        var exception = entry.Exception is null ? null : new WorkerReportedException(entry.Exception);
        logger.Log(level, default, entry.Message, exception, (message, _) => message);
    }

    /// <summary>An exception of the worker, as text.</summary>
    private sealed class WorkerReportedException(RpcException reported) : Exception(reported.Message)
    {
        public override string ToString() => $"{reported.Type}: {reported.Message}\n{reported.StackTrace}";
    }
}
