using System.Reflection;
using Serverless.Functions.Http;

namespace Serverless.Functions.OpenApi;

/// <summary>An error that a route may answer with.</summary>
/// <param name="Status">Its HTTP status.</param>
/// <param name="Code">Its code: a name or, under <c>/eapi</c>, perhaps a number; null where it has none.</param>
/// <param name="Meaning">What it means and what to do, as Markdown.</param>
internal sealed record DocumentedError(int Status, object? Code, string Meaning);

/// <summary>Which errors a function may answer with, and what their codes mean.</summary>
internal sealed class ApiErrors(XmlDocs docs)
{
    private readonly Dictionary<string, string> _meanings = Meanings(docs, typeof(ErrorCodes));
    private readonly Dictionary<string, string> _identityMeanings = Meanings(docs, typeof(IdentityErrorCodes));

    /// <summary>The function's own errors, and those of every function like it; by status, then by code.</summary>
    public IReadOnlyList<DocumentedError> Of(HttpFunction function) =>
        [
            .. Common(function)
                .Concat(Own(function))
                .DistinctBy(error => (error.Status, error.Code))
                .OrderBy(error => error.Status)
                .ThenBy(error => error.Code is int ? 0 : 1)
                .ThenBy(error => error.Code as int? ?? 0)
                .ThenBy(error => error.Code?.ToString(), StringComparer.Ordinal),
        ];

    private IEnumerable<DocumentedError> Own(HttpFunction function) =>
        from refuses in function.Method.GetCustomAttributes<RefusesAttribute>()
        from code in refuses.Codes
        select Error(function, refuses.Status, code);

    private IEnumerable<DocumentedError> Common(HttpFunction function)
    {
        var takesBody = function.Method.GetCustomAttribute<AcceptsAttribute>() is not null;
        var hasPath = function.Route.Contains('{', StringComparison.Ordinal);
        return function.Api is Api.Identities or Api.KycSessions
            ? CommonOfIdentities(function, takesBody, hasPath)
            : CommonOfPartners(function, takesBody, hasPath);
    }

    private IEnumerable<DocumentedError> CommonOfPartners(HttpFunction function, bool takesBody, bool hasPath)
    {
        DocumentedError Code(int status, string code) => Error(function, status, code);
        if (function.Api == Api.Partner)
        {
            yield return Code(401, ErrorCodes.Unauthorized);
            yield return Code(401, ErrorCodes.InvalidApiKey);
            yield return Code(403, ErrorCodes.PartnerSuspended);
            if (!function.Methods.Contains("GET"))
                yield return Code(403, ErrorCodes.CsrfTokenInvalid);
            yield return Code(429, ErrorCodes.RateLimitExceeded);
        }
        if (function.Api == Api.Operator)
            yield return new DocumentedError(
                401,
                null,
                "The function key is missing or wrong. The host answers so, without a body."
            );
        // Every route refuses query parameters that it does not have.
        yield return Code(400, ErrorCodes.InvalidRequest);
        if (takesBody)
        {
            yield return Code(413, ErrorCodes.InvalidRequest);
            yield return Code(415, ErrorCodes.InvalidRequest);
        }
        if (hasPath)
            yield return Code(404, ErrorCodes.ResourceNotFound);
        if (function.Method.GetCustomAttribute<IdempotentAttribute>() is not null)
            yield return Code(409, ErrorCodes.IdempotencyKeyReused);
        yield return Code(500, ErrorCodes.InternalError);
        if (function.IsAct)
            yield return Code(503, ErrorCodes.AuditUnavailable);
    }

    private IEnumerable<DocumentedError> CommonOfIdentities(HttpFunction function, bool takesBody, bool hasPath)
    {
        DocumentedError Code(int status, object code) => Error(function, status, code);
        if (function.Api == Api.Identities)
        {
            yield return Code(400, IdentityErrorCodes.NonceInvalid);
            yield return Code(400, IdentityErrorCodes.NonceTooOld);
            yield return Code(400, IdentityErrorCodes.NonceUsed);
            yield return Code(401, IdentityErrorCodes.KeyUnknown);
            yield return Code(401, IdentityErrorCodes.AuthorizationMalformed);
            yield return Code(401, IdentityErrorCodes.AuthorizationMissing);
            yield return Code(401, IdentityErrorCodes.SignatureMismatch);
            yield return Code(403, IdentityErrorCodes.PartnerSuspended);
            yield return Code(429, IdentityErrorCodes.TooManyRequests);
        }
        else
        {
            yield return new DocumentedError(401, null, "The API key is missing, unknown or revoked. Send X-API-Key.");
            yield return new DocumentedError(403, null, "The partner is suspended. Ask your contact.");
            yield return new DocumentedError(429, null, "Too many requests. Wait as long as Retry-After says.");
        }
        yield return new DocumentedError(
            400,
            null,
            "The request cannot be read, or its body is not a JSON object: `errors` says what is wrong with it."
        );
        if (takesBody)
        {
            // The hosted screens are started by the rules of the M2M API, where null says that a member is left out.
            if (function.Api == Api.Identities)
                yield return Code(400, IdentityErrorCodes.NullField);
            yield return new DocumentedError(413, null, "The body is too large.");
            yield return new DocumentedError(415, null, "The body has another encoding than UTF-8, or is compressed.");
        }
        yield return new DocumentedError(
            422,
            null,
            "The data is not valid, or the query has a parameter that the route does not: `errors` names every field "
                + "with what is wrong. Mend them all, and send it again."
        );
        if (hasPath)
            yield return Code(404, IdentityErrorCodes.NotFound);
        yield return new DocumentedError(500, null, "Something went wrong on our side. Try again, and quote traceId.");
    }

    /// <exception cref="InvalidOperationException">The code is none of those that have a meaning.</exception>
    private DocumentedError Error(HttpFunction function, int status, object code)
    {
        var meanings = function.Api is Api.Identities or Api.KycSessions ? _identityMeanings : _meanings;
        return meanings.TryGetValue(code.ToString()!, out var meaning)
            ? new DocumentedError(status, code, meaning)
            : throw new InvalidOperationException($"{function.Name} refuses with {code}, which has no meaning.");
    }

    private static Dictionary<string, string> Meanings(XmlDocs docs, Type codes) =>
        codes
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .ToDictionary(
                code => code.GetRawConstantValue()!.ToString()!,
                code =>
                    docs.SummaryOf(code)
                    ?? throw new InvalidOperationException($"The code {code.Name} has no meaning: write a summary.")
            );
}
