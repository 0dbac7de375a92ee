using DurableTask.Core.Exceptions;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Durable;

/// <summary>
/// The engine's log without what it calls an error and is none: work that is given back because its worker ended or
/// the host stops. That it is done again later is what the engine promises.
/// </summary>
internal sealed class EngineLog(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new WithoutAborts(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    /// <summary>The loggers behind it belong to the host.</summary>
    public void Dispose() { }

    private sealed class WithoutAborts(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            // The engine puts the exception into the text of its own events.
            var aborted =
                logLevel >= LogLevel.Error
                && formatter(state, exception).Contains(nameof(SessionAbortedException), StringComparison.Ordinal);
            if (!aborted)
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
