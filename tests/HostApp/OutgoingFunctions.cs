using Azure.Data.Tables;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Serverless.HostApp;

/// <summary>Functions that make requests themselves.</summary>
public static class OutgoingFunctions
{
    [Function("CallOut")]
    public static async Task<IResult> CallOut(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "call")] HttpRequest request
    )
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(
            new Uri(request.Query["to"].ToString()),
            request.HttpContext.RequestAborted
        );
        return Results.StatusCode((int)answer.StatusCode);
    }

    /// <summary>Two table requests: one that creates the table, one that writes a row.</summary>
    [Function("WriteRow")]
    public static async Task<IResult> WriteRow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "rows/{row}")] HttpRequest request,
        string row,
        FunctionContext context
    )
    {
        var table = Table(context);
        await table.CreateIfNotExistsAsync(request.HttpContext.RequestAborted);
        await table.UpsertEntityAsync(
            new TableEntity("all", row),
            cancellationToken: request.HttpContext.RequestAborted
        );
        return Results.NoContent();
    }

    [Function("ReadRows")]
    public static async Task<IResult> ReadRows(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "rows")] HttpRequest request,
        FunctionContext context
    )
    {
        var table = Table(context);
        await table.CreateIfNotExistsAsync(request.HttpContext.RequestAborted);
        var rows = new List<string>();
        await foreach (var row in table.QueryAsync<TableEntity>(cancellationToken: request.HttpContext.RequestAborted))
            rows.Add(row.RowKey);
        return Results.Text(string.Join(' ', rows));
    }

    private static TableClient Table(FunctionContext context) =>
        new(
            ((IConfiguration)context.InstanceServices.GetService(typeof(IConfiguration))!)["AzureWebJobsStorage"],
            "Rows"
        );
}
