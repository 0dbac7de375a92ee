using System.Globalization;
using System.Net.Sockets;
using Azure.Data.Tables;

namespace Serverless.Local.Hosting;

/// <summary>A port of this machine as seen by a table client of the development account.</summary>
internal static class AzuriteEndpoint
{
    public const string AccountName = "devstoreaccount1";

    // Published with the emulator: the same everywhere, and no secret.
    public const string AccountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TableSharedKeyCredential Credential = new(AccountName, AccountKey);
    private static readonly HttpClient Http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2), UseProxy = false }) { Timeout = TimeSpan.FromSeconds(5) };

    public enum Answer
    {
        Nothing,
        Tables,
        SomethingElse,
    }

    /// <summary>127.0.0.1 and not localhost, which the real client takes for the Cosmos emulator on any port but 10002.</summary>
    public static string ConnectionString(int port) =>
        $"DefaultEndpointsProtocol=http;AccountName={AccountName};AccountKey={AccountKey};TableEndpoint=http://127.0.0.1:{port}/{AccountName};";

    /// <summary>Lists a table to see who is there.</summary>
    public static async Task<Answer> AskAsync(int port, CancellationToken ct)
    {
        const string path = $"/{AccountName}/Tables";
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}{path}?$top=1");
        var date = DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture);
        request.Headers.Add("x-ms-date", date);
        request.Headers.Add("x-ms-version", "2020-12-06");
        request.Headers.Add("Accept", "application/json;odata=nometadata");
        request.Headers.TryAddWithoutValidation("Authorization", Credential.Authorize(date, path, comp: null));
        try
        {
            using var response = await Http.SendAsync(request, ct).ConfigureAwait(false);
            return response.IsSuccessStatusCode && response.Headers.Contains("x-ms-version") ? Answer.Tables : Answer.SomethingElse;
        }
        catch (HttpRequestException ex) when (ex.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.TimedOut })
        {
            return Answer.Nothing;
        }
        catch (Exception ex) when (ex is HttpRequestException || (ex is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Answer.SomethingElse;
        }
    }
}
