using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;

namespace Serverless.Local.Tables;

/// <summary>An account's table service and the pipeline to it; shared by all clients that come from one service client.</summary>
internal sealed class TableConnection
{
    private const string Scope = "https://storage.azure.com/.default";
    private static readonly StatusCodeClassifier AlsoNotFound = new([200, 201, 202, 204, 404]);
    private static readonly StatusCodeClassifier AlsoConflict = new([200, 201, 202, 204, 409]);
    private readonly HttpPipeline _pipeline;
    private readonly string _version;
    private readonly string? _sas;

    private TableConnection(Uri endpoint, string? account, TableSharedKeyCredential? key, TokenCredential? token, string? sas, TableClientOptions? options)
    {
        options ??= new TableClientOptions();
        Endpoint = endpoint;
        EndpointText = endpoint.GetLeftPart(UriPartial.Path).TrimEnd('/');
        AccountName = account ?? AccountIn(endpoint);
        _version = options.Version;
        _sas = sas;
        var pipeline = new HttpPipelineOptions(options) { RequestFailedDetailsParser = TableErrors.Parser };
        if (token is not null)
            pipeline.PerRetryPolicies.Add(new BearerTokenAuthenticationPolicy(token, Scope));
        pipeline.PerRetryPolicies.Add(new TablePolicy(key));
        _pipeline = HttpPipelineBuilder.Build(pipeline);
    }

    public enum Expected
    {
        Success,
        SuccessOrNotFound,
        SuccessOrConflict,
    }

    public Uri Endpoint { get; }

    /// <summary>Without a trailing slash.</summary>
    public string EndpointText { get; }

    public string AccountName { get; }

    public string Version => _version;

    public static TableConnection To(string connectionString, TableClientOptions? options)
    {
        var parsed = TableConnectionString.Parse(connectionString);
        return new TableConnection(parsed.Endpoint, parsed.Key?.AccountName, parsed.Key, null, parsed.Sas, options);
    }

    public static TableConnection To(Uri endpoint, TableSharedKeyCredential credential, TableClientOptions? options)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(credential);
        return new TableConnection(endpoint, credential.AccountName, credential, null, null, options);
    }

    public static TableConnection To(Uri endpoint, TokenCredential credential, TableClientOptions? options)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        ArgumentNullException.ThrowIfNull(credential);
        return new TableConnection(endpoint, null, null, credential, null, options);
    }

    /// <summary>A request to <paramref name="path"/>, which begins with a slash and is encoded already.</summary>
    public HttpMessage Create(RequestMethod method, string path, TableCost cost, Expected expected = Expected.Success)
    {
        var message = expected switch
        {
            Expected.SuccessOrNotFound => _pipeline.CreateMessage(null, AlsoNotFound),
            Expected.SuccessOrConflict => _pipeline.CreateMessage(null, AlsoConflict),
            _ => _pipeline.CreateMessage(),
        };
        message.SetProperty(typeof(TableCost), cost);
        var request = message.Request;
        request.Method = method;
        request.Uri.Reset(Endpoint);
        request.Uri.Query = _sas is null ? "" : "?" + _sas;
        request.Uri.Path = request.Uri.Path.TrimEnd('/');
        request.Uri.AppendPath(path, escape: false);
        request.Headers.SetValue("x-ms-version", _version);
        request.Headers.SetValue("DataServiceVersion", "3.0");
        request.Headers.SetValue("Accept", "application/json;odata=minimalmetadata");
        return message;
    }

    /// <exception cref="RequestFailedException">The service answered with an error that was not expected.</exception>
    public async Task<Response> SendAsync(HttpMessage message, CancellationToken ct)
    {
        await _pipeline.SendAsync(message, ct).ConfigureAwait(false);
        return Checked(message);
    }

    /// <inheritdoc cref="SendAsync"/>
    public Response Send(HttpMessage message, CancellationToken ct)
    {
        _pipeline.Send(message, ct);
        return Checked(message);
    }

    public HttpMessage CreateTable(string name, Expected expected)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        var message = Create(RequestMethod.Post, "/Tables", new TableCost(name + ".table"), expected);
        message.Request.Headers.SetValue("Content-Type", "application/json;odata=nometadata");
        message.Request.Headers.SetValue("Prefer", "return-no-content");
        message.Request.Content = RequestContent.Create(new { TableName = name });
        return message;
    }

    public HttpMessage DeleteTable(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Create(RequestMethod.Delete, $"/Tables('{Uri.EscapeDataString(name)}')", new TableCost(name + ".table"), Expected.SuccessOrNotFound);
    }

    private static Response Checked(HttpMessage message) => message.Response.IsError ? throw TableErrors.From(message.Response) : message.Response;

    private static string AccountIn(Uri endpoint) =>
        endpoint.AbsolutePath.Trim('/') is { Length: > 0 } path ? path.Split('/')[0] : endpoint.Host.Split('.')[0];
}
