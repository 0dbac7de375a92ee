using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Http;

/// <summary>Decides who may call the functions of an API.</summary>
internal interface IApiGate
{
    /// <summary>True for an API whose callers this gate checks.</summary>
    bool Guards(Api api);

    /// <summary>
    /// The refusal; null when the call is allowed. In that case it has stored the partner with the request.
    /// </summary>
    Task<IResult?> RefuseAsync(FunctionContext context, HttpContext http);
}
