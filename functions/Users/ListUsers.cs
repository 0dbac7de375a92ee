using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;

namespace Serverless.Functions.Users;

/// <summary><c>GET /partner/users</c>: a partner's users by reference, of one status or of all. Read from the index, a thousand users a storage transaction.</summary>
/// <remarks>The index follows a change within moments. <c>total</c> is exact up to <see cref="PageRequest.MaxCounted"/> matches beyond the page that was asked for.</remarks>
internal sealed class ListUsers(UserIndex index)
{
    private static readonly Dictionary<string, UserStatus> Statuses = Enum.GetValues<UserStatus>().ToDictionary(status => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString()));

    [Function(nameof(ListUsers))]
    public async Task<IResult> Run([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "partner/users")] HttpRequest http, CancellationToken ct)
    {
        var query = new QueryInput(http.Query);
        var page = query.Integer("page", 1, 1_000_000) ?? 1;
        var limit = query.Integer("limit", 1, 100) ?? 20;
        var status = query.OneOf("status", Statuses.Keys);
        if (query.Error is { } error)
            return Answer.Error(error);

        var items = new List<object>();
        var total = 0;
        var first = (page - 1L) * limit;
        await foreach (var (reference, stamp) in index.ReadAsync(http.Partner().Id, ct))
        {
            if (status is not null && stamp.Status != Statuses[status])
                continue;
            if (total >= first && items.Count < limit)
                items.Add(new { userId = stamp.UserId, referenceId = reference.Value, status = stamp.Status, statusSince = stamp.At, createdAt = stamp.CreatedAt });
            if (++total >= first + limit + PageRequest.MaxCounted)
                break;
        }
        return Answer.Ok(new { items, pagination = new { page, limit, total, totalPages = (total + limit - 1) / limit } });
    }
}
