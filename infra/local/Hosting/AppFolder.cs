namespace Serverless.Local.Hosting;

/// <summary>The output of an app.</summary>
internal static class AppFolder
{
    /// <summary>
    /// The app's assembly: the one that can be run and stands beside the functions' <c>host.json</c>.
    /// </summary>
    /// <exception cref="StartupException">It is no output of a functions app.</exception>
    public static string AssemblyIn(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "host.json")))
            throw new StartupException(
                $"{folder} is no output of a functions app: it has no host.json. Give the folder that `dotnet "
                    + "build functions` or `dotnet publish functions` wrote."
            );
        var runnable = Directory
            .GetFiles(folder, "*.runtimeconfig.json")
            .Select(file => file[..^".runtimeconfig.json".Length] + ".dll")
            .Where(File.Exists)
            .ToList();
        return runnable is [var only]
            ? only
            : throw new StartupException(
                $"{folder} has {runnable.Count} programs in it; the app must be the only one."
            );
    }
}
