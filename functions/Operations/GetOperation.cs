using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Operations;

/// <summary><c>GET /partner/operations/{id}</c>. Another partner's operation is 404.</summary>
internal sealed class GetOperation(OperationStore operations)
{
    /// <summary>Get a transfer</summary>
    /// <remarks>
    /// The transfer as it stands now. Webhooks tell you of each change; ask here when you have missed one.
    /// </remarks>
    [Function(nameof(GetOperation))]
    [Answers(200, typeof(OperationView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/operations/{operationId}")]
            HttpRequest http,
        string operationId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (
            !OperationId.TryParse(operationId, out var id)
            || id.Partner != http.Partner().Id
            || await operations.FindAsync(id, ct) is not var (operation, person)
        )
            return Answer.Error(ApiError.NotFound);
        return Answer.Ok(OperationView.Of(operation, await operation.ReadMethodAsync(person, ct)));
    }
}
