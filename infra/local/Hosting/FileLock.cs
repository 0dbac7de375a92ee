namespace Serverless.Local.Hosting;

/// <summary>A lock between processes; the system releases it when its holder dies.</summary>
internal static class FileLock
{
    public static async Task<IDisposable> AcquireAsync(string path, CancellationToken ct)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        while (true)
        {
            try
            {
                // The file stays: deleting it would let a waiter lock a file that the next one no longer finds.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(100, ct).ConfigureAwait(false);
            }
        }
    }
}
