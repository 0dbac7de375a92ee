namespace Serverless.Local.InWorker;

/// <summary>
/// What a request to the table service is counted as. Each HTTP request is one billable transaction; an entity group
/// transaction is one, too.
/// </summary>
internal static class TableCost
{
    /// <summary>
    /// The table and what was done, for example <c>Users.query</c>; null for a request to any other service.
    /// </summary>
    public static string? Of(HttpRequestMessage request)
    {
        // Only the table service's client asks for this version header of OData.
        if (!request.Headers.Contains("DataServiceVersion") || request.RequestUri is not { } uri)
            return null;
        var resource = Uri.UnescapeDataString(uri.Segments[^1]);
        if (resource.StartsWith("$batch", StringComparison.Ordinal))
            return "transaction";
        var table = resource.Split('(')[0];
        return table
            + "."
            + request.Method.Method switch
            {
                "GET" => resource.Contains("PartitionKey", StringComparison.Ordinal) ? "get" : "query",
                "POST" => "insert",
                "DELETE" => "delete",
                "PUT" => "replace",
                _ => "merge",
            };
    }
}
