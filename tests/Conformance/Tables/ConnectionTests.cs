using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Xunit;

namespace Serverless.Conformance.Tables;

public class ConnectionTests
{
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    [Theory]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1", "devstoreaccount1")]
    [InlineData("usedevelopmentstorage=true;DevelopmentStorageProxyUri=http://azurite;", "http://azurite:10002/devstoreaccount1", "devstoreaccount1")]
    [InlineData($"AccountName=acme;AccountKey={Key}", "https://acme.table.core.windows.net", "acme")]
    [InlineData($"DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={Key};EndpointSuffix=core.chinacloudapi.cn", "https://acme.table.core.chinacloudapi.cn", "acme")]
    [InlineData($"AccountName=acme;ACCOUNTKEY={Key};TableEndpoint=http://127.0.0.1:5000/acme;", "http://127.0.0.1:5000/acme", "acme")]
    [InlineData("TableEndpoint=https://acme.table.core.windows.net;SharedAccessSignature=sv=2020&sig=x", "https://acme.table.core.windows.net", "acme")]
    public void A_connection_string_names_an_account(string text, string endpoint, string account)
    {
        var client = new TableServiceClient(text);
        Assert.Equal((new Uri(endpoint).AbsoluteUri.TrimEnd('/'), account), (client.Uri.GetLeftPart(UriPartial.Path).TrimEnd('/'), client.AccountName));
        Assert.Equal("Users", client.GetTableClient("Users").Name);
    }

    [Theory]
    [InlineData("AccountName=a;accountname=b")]
    [InlineData("AccountName=")]
    [InlineData("nonsense")]
    public void A_malformed_connection_string_is_an_InvalidOperationException(string text) =>
        Assert.Throws<InvalidOperationException>(() => new TableServiceClient(text));

    [Theory]
    [InlineData("AccountName=acme")]
    [InlineData("TableEndpoint=https://acme.table.core.windows.net")]
    public void A_connection_string_that_leads_nowhere_is_a_FormatException(string text) => Assert.Throws<FormatException>(() => new TableServiceClient(text));

    [Fact]
    public async Task A_token_is_asked_for_the_storage_scope_and_sent_as_bearer()
    {
        var transport = new DeadTransport();
        var token = DelegatedTokenCredential.Create((request, _) => new AccessToken($"token for {request.Scopes.Single()}", DateTimeOffset.UtcNow.AddHours(1)));
        var client = new TableServiceClient(new Uri("https://acme.table.core.windows.net"), token, transport.Options);
        Assert.Equal("acme", client.AccountName);
        await Assert.ThrowsAsync<RequestFailedException>(() => client.CreateTableAsync("Users", TestContext.Current.CancellationToken));
        var (address, authorization) = Assert.Single(transport.Sent);
        Assert.StartsWith("https://acme.table.core.windows.net/Tables", address, StringComparison.Ordinal);
        Assert.Equal("Bearer token for https://storage.azure.com/.default", authorization);
    }

    [Fact]
    public async Task A_shared_access_signature_is_sent_in_the_address()
    {
        var transport = new DeadTransport();
        var client = new TableClient("TableEndpoint=https://acme.table.core.windows.net;SharedAccessSignature=sv=2020&sig=a%2Bb", "Users", transport.Options);
        await Assert.ThrowsAsync<RequestFailedException>(() => client.GetEntityAsync<TableEntity>("p", "r", ["A"], TestContext.Current.CancellationToken));
        var (address, authorization) = Assert.Single(transport.Sent);
        Assert.StartsWith("https://acme.table.core.windows.net/Users(", address, StringComparison.Ordinal);
        Assert.Contains("sv=2020&sig=a%2Bb", address, StringComparison.Ordinal);
        Assert.Null(authorization);
    }

    [Fact]
    public async Task A_wrong_key_is_403()
    {
        var wrong = new TableSharedKeyCredential("devstoreaccount1", Convert.ToBase64String(new byte[64]));
        var client = new TableServiceClient(Platform.Tables.Uri, wrong);
        var refusal = await Assert.ThrowsAsync<RequestFailedException>(() => client.CreateTableAsync("Forbidden", TestContext.Current.CancellationToken));
        Assert.Equal(403, refusal.Status);
    }

    [Fact]
    public async Task A_client_of_an_endpoint_and_a_key_works()
    {
        var table = new TableClient(
            Platform.Tables.Uri, $"T{Guid.NewGuid():N}", new TableSharedKeyCredential("devstoreaccount1", Key), new TableClientOptions(TableClientOptions.ServiceVersion.V2019_02_02));
        await table.CreateAsync(TestContext.Current.CancellationToken);
        await table.AddEntityAsync(new TableEntity("p", "r"), TestContext.Current.CancellationToken);
        Assert.Equal($"{Platform.Tables.Uri.AbsoluteUri.TrimEnd('/')}/{table.Name}", table.Uri.AbsoluteUri);
    }

    /// <summary>Notes what is sent, and sends nothing.</summary>
    private sealed class DeadTransport : HttpPipelineTransport
    {
        private static readonly HttpClientTransport Inner = new();

        public DeadTransport()
        {
            Options = new TableClientOptions { Transport = this };
            Options.Retry.MaxRetries = 0;
        }

        public TableClientOptions Options { get; }

        public List<(string Address, string? Authorization)> Sent { get; } = [];

        public override Request CreateRequest() => Inner.CreateRequest();

        public override void Process(HttpMessage message) => throw new NotSupportedException();

        public override ValueTask ProcessAsync(HttpMessage message)
        {
            message.Request.Headers.TryGetValue("Authorization", out var authorization);
            Sent.Add((message.Request.Uri.ToString(), authorization));
            throw new RequestFailedException("Nothing is sent.");
        }
    }
}
