using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>GET /widget/links/{linkId}/numbers</c>: the numbers that the person typed by this link, whole, to check them.
/// Those that came from elsewhere are not shown (<see cref="WidgetState.MayBeShown"/>).
/// </summary>
internal sealed class ShowNumbers(WidgetAccess access)
{
    [Function(nameof(ShowNumbers))]
    [Answers(200, typeof(ShownNumbers))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "widget/links/{linkId}/numbers")]
            HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var entry = await access.RequireAsync(http, linkId, ct);
        if (entry.Visit is not { } visit)
            return Answer.Error(entry.Refusal!);
        var method = await ReadAsync(visit, UserData.PaymentMethod, ct);
        return Answer.Ok(
            new ShownNumbers
            {
                IdNumber = await ReadAsync(visit, "idNumber", ct),
                Payment = method is null ? null : NumberOf(method),
            }
        );
    }

    private static async ValueTask<string?> ReadAsync(WidgetVisit visit, string path, CancellationToken ct) =>
        WidgetState.MayBeShown(visit.Person, visit.Link, path) ? await visit.Person.ReadAsync(path, ct) : null;

    private static string NumberOf(string method)
    {
        using var document = JsonDocument.Parse(method);
        return document.RootElement.TryGetProperty("bankAccount", out var account)
            ? account.GetProperty("accountNumber").GetString()!
            : document.RootElement.GetProperty("cash").GetProperty("reference").GetString()!;
    }
}

/// <summary>Numbers that the person typed by this link.</summary>
internal sealed record ShownNumbers
{
    /// <summary>The document's number. Absent where it was not typed by this link.</summary>
    /// <example>TORA900101MDFRNN09</example>
    public string? IdNumber { get; init; }

    /// <summary>
    /// The account's number, or the reference of a pick-up. Absent where it was not typed by this link.
    /// </summary>
    /// <example>032180000118359719</example>
    public string? Payment { get; init; }
}
