using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Http;

/// <summary>
/// Bodies under <c>/eapi</c>: read once, before the signature is checked, so that what is parsed is what was signed.
/// </summary>
internal static class IdentityInput
{
    /// <summary>Maximum body size in bytes.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>Maximum size in bytes of a body with pictures.</summary>
    public const int MaxDocuments = 10 * 1024 * 1024;

    private static readonly object Body = new();

    /// <summary>Keeps the signed body with the request.</summary>
    public static void Keep(HttpContext http, byte[] body) => http.Items[Body] = body;

    /// <summary>Reads the signed body, which must be a JSON object. A known member that is null is an error.</summary>
    public static JsonBody Read(HttpRequest request)
    {
        var bytes =
            request.HttpContext.Items[Body] as byte[]
            ?? throw new InvalidOperationException("Only routes under /eapi have a signed body.");
        var body =
            bytes.Length > 0 && JsonInput.MediaProblem(request) is { } problem
                ? JsonBody.Refused(problem)
                : JsonInput.Parse(bytes, refuseNulls: true);
        RequestWarnings.Keep(request, body.Input);
        return body;
    }

    /// <summary>The error to answer with after the members were read; null when all is well.</summary>
    public static IdentityError? IdentityError(this JsonBody body) =>
        body switch
        {
            { Refusal: { } refusal } => Http.IdentityError.From(refusal),
            { Input.Nulls: { Count: > 0 } nulls } => Http.IdentityError.Nulls([
                .. nulls,
                .. body.Input.Errors.Where(error => nulls.All(field => field.Field != error.Field)),
            ]),
            { Input.Errors: { Count: > 0 } errors } => Http.IdentityError.Invalid(errors),
            _ => null,
        };

    /// <summary>422 with all that is wrong with the query; null when all is well.</summary>
    public static IdentityError? IdentityError(this QueryInput query) =>
        query.Error is { } error ? Http.IdentityError.Invalid(error.Details) : null;
}
