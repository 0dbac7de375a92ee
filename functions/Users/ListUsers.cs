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
internal sealed class ListUsers(UserIndex index, RequestReader requests)
{
    /// <summary>List users</summary>
    /// <remarks>
    /// Your users by <c>referenceId</c>, of one status or of all. A change of status is here within moments; ask for
    /// the user to see it at once.
    /// </remarks>
    [Function(nameof(ListUsers))]
    [Takes(typeof(ListUsersQuery))]
    [Answers(200, typeof(Page<ListedUser>))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/users")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var query = new QueryInput(http.Query);
        var asked = requests.Read<ListUsersQuery>(query);
        var partner = http.Partner().Id;
        var page = PageRequest.Read(query, asked, partner, "users");
        if (query.Error is { } error)
            return Answer.Error(error);
        var found = index
            .ReadAsync(partner, page.After, ct)
            .Where(user => asked.Status is null || user.Stamp.Status == asked.Status);
        var (items, pagination) = await page.TakeAsync(found, user => user.Reference.Value, ct, descending: false);
        return Answer.Ok(
            new Page<ListedUser>
            {
                Items =
                [
                    .. items.Select(user => new ListedUser
                    {
                        UserId = user.Stamp.UserId,
                        ReferenceId = user.Reference.Value,
                        Status = user.Stamp.Status,
                        StatusSince = user.Stamp.At,
                        CreatedAt = user.Stamp.CreatedAt,
                    }),
                ],
                Pagination = pagination,
            }
        );
    }
}

/// <summary>Which users are wanted.</summary>
internal sealed record ListUsersQuery : PageQuery
{
    /// <summary>Only those who stand there.</summary>
    /// <example>cip_verified</example>
    [OneOf<UserStatus>]
    public UserStatus? Status { get; init; }
}

/// <summary>A user in a list.</summary>
internal sealed record ListedUser
{
    /// <summary>Our id of the person. It is the same in all links of one <c>referenceId</c>.</summary>
    /// <example>user_demo_01m6dsg7e07d3n8c1yq6h5r0ga</example>
    public required string UserId { get; init; }

    /// <summary>Your own id of the person.</summary>
    /// <example>cust-9001</example>
    public required string ReferenceId { get; init; }

    /// <summary>Where the person stands.</summary>
    /// <example>cip_verified</example>
    public required UserStatus Status { get; init; }

    /// <summary>Since when the person stands there.</summary>
    /// <example>2026-11-29T14:03:20.000Z</example>
    public required DateTimeOffset StatusSince { get; init; }

    /// <summary>When we first heard of the person.</summary>
    /// <example>2026-11-02T09:30:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }
}
