namespace Serverless.Local.Hosting;

/// <summary>The app cannot start; the message is a sentence that says what to do.</summary>
internal sealed class StartupException(string message, Exception? cause = null) : Exception(message, cause);
