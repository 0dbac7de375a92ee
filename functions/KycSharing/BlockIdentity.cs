using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.KycSharing;

/// <summary>Blocks and unblocks whole accounts. Each change writes a row <c>block|{ulid}</c>.</summary>
internal sealed class BlockIdentity(RequestReader requests, IdentityStore identities, TimeProvider time)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Block an identity</summary>
    /// <remarks>
    /// Blocks the account of a person, with all its references: eligibility and limits are refused with
    /// <c>AccountBlocked</c>. The partner gets the webhook <c>kyc</c> with the new <c>account.blocked</c>. The same
    /// call again changes nothing.
    /// </remarks>
    [Function("BlockIdentity")]
    [Answers(200, typeof(BlockedIdentity))]
    [Accepts(typeof(BlockIdentityRequest), Optional = true)]
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

    /// <summary>Unblock an identity</summary>
    /// <remarks>
    /// Takes the block of an account away. The partner gets the webhook <c>kyc</c> with the new <c>account.blocked</c>.
    /// The same call again changes nothing.
    /// </remarks>
    [Function("UnblockIdentity")]
    [Answers(200, typeof(BlockedIdentity))]
    [Accepts(typeof(BlockIdentityRequest), Optional = true)]
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
        var note = requests.Read<BlockIdentityRequest>(body.Input).Note;
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
                    var by = OperatorWords.NameIn(http) ?? "operator";
                    await ExecuteAsync(identity.Root, blocked, by, note, now, ct);
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
