namespace Serverless.Local.Hosting;

/// <summary>A port of this machine as seen by a client of the development account.</summary>
internal static class AzuriteEndpoint
{
    public const string AccountName = "devstoreaccount1";

    // Published with the emulator: the same everywhere, and no secret.
    public const string AccountKey =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly HttpClient Http = new(
        new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false }
    )
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>Whether the emulator answers there, whatever it says to a request that is not signed.</summary>
    public static async Task<bool> AnswersAsync(int port, CancellationToken ct)
    {
        try
        {
            using var response = await Http.GetAsync(new Uri($"http://127.0.0.1:{port}/{AccountName}"), ct)
                .ConfigureAwait(false);
            return response.Headers.Server.ToString().StartsWith("Azurite", StringComparison.OrdinalIgnoreCase);
        }
        catch (Exception ex)
            when (ex is HttpRequestException || (ex is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return false;
        }
    }
}
