using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Http;

/// <summary>Who may call the functions of an API.</summary>
internal interface IApiGate
{
    /// <summary>True for an API whose callers it knows.</summary>
    bool Guards(Api api);

    /// <summary>
    /// The answer to a caller that may not; null when the call may go on. The partner is then in the request.
    /// </summary>
    Task<IResult?> RefuseAsync(FunctionContext context, HttpContext http);
}
