using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Serverless.Tests;

/// <summary>Keeps every line that an app logs, with its scopes and exceptions.</summary>
public sealed class CapturedLog : ILoggerProvider, ISupportExternalScope
{
    private const string Invocations = "Error Microsoft.Azure.Functions.Worker.FunctionsApplication ";

    private readonly ConcurrentQueue<string> _lines = new();
    private IExternalScopeProvider? _scopes;

    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>
    /// The errors. Not that an invocation has thrown, which the worker logs of every one: the host logs it of those
    /// that nobody expects, and an activity that is going to be tried again is none.
    /// </summary>
    public IReadOnlyList<string> Errors =>
        [
            .. _lines.Where(line =>
                line.StartsWith(nameof(LogLevel.Error), StringComparison.Ordinal)
                && !line.StartsWith(Invocations, StringComparison.Ordinal)
            ),
        ];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose() { }

    private sealed class Logger(CapturedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            var scopes = new List<string?>();
            log._scopes?.ForEachScope((scope, all) => all.Add(scope?.ToString()), scopes);
            log._lines.Enqueue(
                $"{logLevel} {category} [{string.Join(' ', scopes)}] {formatter(state, exception)} {exception}"
            );
        }
    }
}
