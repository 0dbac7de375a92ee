namespace Serverless.Local.Hosting;

/// <summary>
/// Where things lie: the repository (found upwards from the running program) and the git-ignored folder for data.
/// </summary>
internal static class LocalFolders
{
    /// <summary>The folder with <c>package.json</c> and the lock file of Azurite.</summary>
    public static string Azurite { get; } = Path.Combine(Repository(), "infra", "local", "azurite");

    /// <summary>Default folder of the local host's data.</summary>
    public static string Data { get; } = Path.Combine(Repository(), ".local");

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "infra", "local", "azurite", "package.json")))
                return folder.FullName;
        throw new DirectoryNotFoundException(
            $"No folder above {AppContext.BaseDirectory} holds infra/local/azurite. Run the local build from "
                + "inside its repository."
        );
    }
}
