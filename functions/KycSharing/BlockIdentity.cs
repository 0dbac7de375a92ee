using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>
/// <c>POST /operator/partners/{id}/identities/{reference}/block</c> and <c>…/unblock</c>, for the whole account. Each
/// change writes a row <c>block|{ulid}</c> and sends a KYC webhook with the new <c>account.blocked</c>. A repeated
/// call changes nothing.
/// </summary>
internal sealed class BlockIdentity(IdentityStore identities, TimeProvider time)
{
    private const int MaxBody = 16 * 1024;

    [Function("BlockIdentity")]
    [Answers(200, typeof(BlockedIdentity))]
    public Task<IResult> Block(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "post",
            Route = "operator/partners/{id}/identities/{reference}/block"
        )]
            HttpRequest http,
        string id,
        string reference
    ) => ChangeAsync(http, id, reference, blocked: true, http.HttpContext.RequestAborted);

    [Function("UnblockIdentity")]
    [Answers(200, typeof(BlockedIdentity))]
    public Task<IResult> Unblock(
        [HttpTrigger(
            AuthorizationLevel.Function,
            "post",
            Route = "operator/partners/{id}/identities/{reference}/unblock"
        )]
            HttpRequest http,
        string id,
        string reference
    ) => ChangeAsync(http, id, reference, blocked: false, http.HttpContext.RequestAborted);

    /// <summary>Blocks or unblocks; does nothing if that is the state already.</summary>
    public static async Task ExecuteAsync(
        Person root,
        bool blocked,
        string by,
        string? note,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        if (root.Account.Blocked == blocked)
            return;
        root.Put(root.Account with { Blocked = blocked }, at);
        root.Put(
            new BlockChange(
                root.Key,
                Ulid.New(at),
                blocked,
                by,
                note is null || root.ErasedAt is not null
                    ? null
                    : await root.SealAsync(note, BlockChange.NotePurpose, ct)
            ),
            at
        );
    }

    private async Task<IResult> ChangeAsync(
        HttpRequest http,
        string id,
        string reference,
        bool blocked,
        CancellationToken ct
    )
    {
        var body = await JsonInput.ReadAsync(http, MaxBody, optional: true);
        var note = body.Input.Text("note", max: 1000);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (!PartnerId.TryParse(id, out var partner) || !IdentityReference.TryParse(reference, out var known))
            return Answer.Error(ApiError.NotFound);
        return await identities.ChangeAsync(
                new PersonKey(partner, known),
                [],
                async identity =>
                {
                    var now = time.Now();
                    await ExecuteAsync(identity.Root, blocked, "operator", note, now, ct);
                    if (identity.Root.IsChanged)
                        identity.Root.RaiseKyc(now);
                    return Answer.Ok(
                        new BlockedIdentity
                        {
                            IdentityReference = known.Value,
                            Account = new BlockedAccount { Blocked = blocked },
                        }
                    );
                },
                ct
            ) ?? Answer.Error(ApiError.NotFound);
    }
}

/// <summary>An identity whose account was blocked or unblocked.</summary>
internal sealed record BlockedIdentity
{
    /// <summary>The reference in the path.</summary>
    /// <example>acme-0001</example>
    public required string IdentityReference { get; init; }

    /// <summary>Its account: the block holds for all references of the person.</summary>
    public required BlockedAccount Account { get; init; }
}

/// <summary>Whether an account is blocked.</summary>
internal sealed record BlockedAccount
{
    /// <summary>Whether it is blocked now.</summary>
    /// <example>true</example>
    public required bool Blocked { get; init; }
}
