namespace Serverless.Benchmarks;

/// <summary>Folders for data, deleted at the end.</summary>
internal sealed class Folders : IDisposable
{
    private readonly List<DirectoryInfo> _all = [];

    public string Next()
    {
        var folder = Directory.CreateTempSubdirectory("benchmark-");
        _all.Add(folder);
        return folder.FullName;
    }

    public void Dispose()
    {
        foreach (var folder in _all)
            folder.Delete(recursive: true);
    }
}
