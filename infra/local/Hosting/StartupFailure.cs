namespace Serverless.Local.Hosting;

/// <summary>Shows a developer the sentence instead of a stack trace when the app cannot start.</summary>
internal static class StartupFailure
{
    public static T Report<T>(Func<T> start)
    {
        try
        {
            return start();
        }
        catch (StartupException ex) when (LocalAppStart.Current is null)
        {
            throw Exit(ex);
        }
    }

    /// <summary>Ends the process. Whatever was started must have been stopped before.</summary>
    public static Exception Exit(StartupException failure)
    {
        Console.Error.WriteLine(failure.Message);
        Environment.Exit(1);
        return failure;
    }
}
