using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Serverless.Local.Triggers;

/// <summary>
/// The key of functions that are not anonymous. As with Core Tools, none is asked for locally; with the setting
/// <c>Local__FunctionKey</c> it is, as in Azure: header <c>x-functions-key</c> or query parameter <c>code</c>.
/// </summary>
internal sealed class FunctionKeys(string? key)
{
    public bool AreRequired => !string.IsNullOrEmpty(key);

    public bool Allow(HttpRoute route, HttpRequest request)
    {
        if (!route.NeedsKey || string.IsNullOrEmpty(key))
            return true;
        var given = Single(request.Headers["x-functions-key"]) ?? Single(request.Query["code"]) ?? "";
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(key));
    }

    private static string? Single(StringValues values) => values is [{ } value] ? value : null;
}
