using System.Globalization;
using Azure;
using Azure.Core;

namespace Serverless.Local.Tables;

internal static class TableRequestExtensions
{
    public static Request AppendQuery(this Request request, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
            request.Uri.AppendQuery(name, value, escapeValue: true);
        return request;
    }

    public static Request AppendQuery(this Request request, string name, int? value) => request.AppendQuery(name, value?.ToString(CultureInfo.InvariantCulture));

    public static Request SetIfMatch(this Request request, ETag etag)
    {
        if (etag != default)
            request.Headers.SetValue("If-Match", etag.ToString());
        return request;
    }
}
