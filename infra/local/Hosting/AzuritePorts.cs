using System.Globalization;

namespace Serverless.Local.Hosting;

/// <summary>Where Azurite's services listen, on 127.0.0.1. 0 for one that does not run.</summary>
internal readonly record struct AzuritePorts(int Table, int Blob, int Queue)
{
    private const int StandardTable = 10002;

    /// <summary>Free ones; the table service's standard one where that is preferred and free.</summary>
    public static AzuritePorts Choose(AzuriteOptions options) =>
        new(
            options.PreferredPort is { } preferred && FreePort.IsFree(preferred) ? preferred : FreePort.Next(),
            options.AllServices ? FreePort.Next() : 0,
            options.AllServices ? FreePort.Next() : 0
        );

    /// <summary>The connection string of the development account.</summary>
    /// <remarks>
    /// 127.0.0.1 and not localhost, which the table client takes for the Cosmos emulator on any port but 10002.
    /// </remarks>
    public string ConnectionString =>
        this == new AzuritePorts(StandardTable, 0, 0)
            ? "UseDevelopmentStorage=true"
            : $"DefaultEndpointsProtocol=http;AccountName={AzuriteEndpoint.AccountName};AccountKey={AzuriteEndpoint.AccountKey};"
                + Endpoint("Table", Table)
                + Endpoint("Blob", Blob)
                + Endpoint("Queue", Queue);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Table} {Blob} {Queue}");

    private static string Endpoint(string service, int port) =>
        port == 0
            ? ""
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{service}Endpoint=http://127.0.0.1:{port}/{AzuriteEndpoint.AccountName};"
            );
}
