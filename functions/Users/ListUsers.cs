using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Users;

/// <summary>
/// <c>GET /partner/users</c>: a partner's users by reference, of one status or of all. Read from the index, a thousand
/// users a storage transaction.
/// </summary>
/// <remarks>
/// The index follows a change within moments. <c>total</c> is exact up to <see cref="PageRequest.MaxCounted"/> matches
/// beyond the page that was asked for.
/// </remarks>
internal sealed class ListUsers(UserIndex index)
{
    private static readonly Dictionary<string, UserStatus> Statuses = Enum.GetValues<UserStatus>()
        .ToDictionary(status => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()));

    [Function(nameof(ListUsers))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/users")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var partner = http.Partner().Id;
        var page = PageRequest.Read(query, partner, "users");
        var status = query.OneOf("status", Statuses.Keys);
        if (query.Error is { } error)
            return Answer.Error(error);
        var found = index
            .ReadAsync(partner, page.After, ct)
            .Where(user => status is null || user.Stamp.Status == Statuses[status]);
        var (items, pagination) = await page.TakeAsync(found, user => user.Reference.Value, ct, descending: false);
        return Answer.Ok(
            new
            {
                items = items.Select(user => new
                {
                    userId = user.Stamp.UserId,
                    referenceId = user.Reference.Value,
                    status = user.Stamp.Status,
                    statusSince = user.Stamp.At,
                    createdAt = user.Stamp.CreatedAt,
                }),
                pagination,
            }
        );
    }
}
