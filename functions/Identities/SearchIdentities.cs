using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Identities;

/// <summary>
/// <c>POST /partner/identities/search</c>: one account by a reference or an e-mail address, for a partner's support
/// staff. A POST, so that no address stands in a URL.
/// </summary>
internal sealed class SearchIdentities(
    Accounts accounts,
    GetIdentity identities,
    EmailIndex index,
    PersonStore persons,
    RequestReader requests
)
{
    private const int MaxBody = 4 * 1024;

    /// <summary>Search for an identity</summary>
    /// <remarks>
    /// The account of a person by one of your references or by an e-mail address: all its references, its verification
    /// with the history, its addresses (masked: we hold hashes, so only the one that you searched by can be shown at
    /// all) and its merges. Whether an address is known is itself an answer, so few searches a minute are allowed.
    /// </remarks>
    [Function(nameof(SearchIdentities))]
    [CallLimit("search-identities", 30)]
    [Accepts(typeof(SearchIdentitiesRequest))]
    [Answers(200, typeof(FoundAccount))]
    [Refuses(404, ErrorCodes.ResourceNotFound)]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "partner/identities/search")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var asked = requests.Read<SearchIdentitiesRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        var found = await FindAsync(http.Partner().Id, asked, ct);
        return found is var (reference, identity)
            ? Answer.Ok(await ShowAsync(reference, identity, asked.Email, ct))
            : Answer.Error(ApiError.NotFound);
    }

    private async Task<(ReferenceId Reference, Identity Identity)?> FindAsync(
        PartnerId partner,
        SearchIdentitiesRequest asked,
        CancellationToken ct
    )
    {
        if (asked.Email is { } email)
            return await identities.FindByEmailAsync(partner, email, ct, MergeRecord.Kind);
        var key = new PersonKey(partner, asked.IdentityReference!);
        return await accounts.FindAsync(key, [], ct, MergeRecord.Kind) is { } identity
            ? (key.Reference, identity)
            : null;
    }

    private async Task<FoundAccount> ShowAsync(
        ReferenceId reference,
        Identity identity,
        EmailAddress? email,
        CancellationToken ct
    )
    {
        var (root, account) = (identity.Root, identity.Account);
        var changes = (await persons.ReadAsync(root.Key, [], ct, KycChange.Kind)).All<KycChange>();
        var hash = email is null ? null : await index.FindHashAsync(root.Key.Partner, email, ct);
        return new FoundAccount
        {
            IdentityReference = reference.Value,
            Account = IdentityView.Of(reference, identity).Account,
            References = [root.Key.Reference.Value, .. account.Members],
            Kyc = new KycView { Status = root.User.Kyc },
            KycHistory =
            [
                .. changes
                    .OrderBy(change => change.Id.Text, StringComparer.Ordinal)
                    .Select(change => new KycHistoryEntry { Status = change.Status, At = change.Id.Time }),
            ],
            Emails =
            [
                .. account
                    .Emails.OrderByDescending(known => known.At)
                    .Select(known => new AccountEmail
                    {
                        Masked = known.Hash == hash ? Masked(email!) : null,
                        IdentityReference = known.Reference,
                        LastUsedAt = known.At,
                        Trust = known.Trust,
                    }),
            ],
            Merges =
            [
                .. root.All<MergeRecord>()
                    .OrderByDescending(merge => merge.At)
                    .Select(merge => new AccountMergeView
                    {
                        MergeId = merge.Id,
                        From = merge.From.Reference.Value,
                        Into = merge.Into.Reference.Value,
                        Channel = merge.Arrived.Channel.ToString(),
                        ArrivedOn = merge.Arrived.Reference.Value,
                        At = merge.At,
                        UndoneAt = merge.UndoneAt,
                    }),
            ],
        };
    }

    /// <summary>The first letter of either part, and the end of the domain.</summary>
    private static string Masked(EmailAddress email)
    {
        var (local, domain) = (email.Original[..email.Original.LastIndexOf('@')], email.Normalised.Split('@')[^1]);
        var dot = domain.LastIndexOf('.');
        var end = dot < 0 ? "" : domain[dot..];
        return $"{Masking.FirstLetter(local)}@{Masking.FirstLetter(domain)}{end}";
    }
}

/// <summary>Which identity is wanted: by a reference or by an e-mail address, not both.</summary>
internal sealed record SearchIdentitiesRequest : ICheckedBody
{
    /// <summary>Your id of the person: in either API.</summary>
    /// <example>acme-0001</example>
    [IdentityReference]
    public ReferenceId? IdentityReference { get; init; }

    /// <summary>An e-mail address of the person.</summary>
    /// <example>ana@example.org</example>
    [Email]
    public EmailAddress? Email { get; init; }

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        if (body.Has("identityReference") == body.Has("email"))
            body.Fail("body", "must have identityReference or email, and not both");
    }

    /// <inheritdoc/>
    public override string ToString() => nameof(SearchIdentitiesRequest);
}

/// <summary>The account of a person: all references that were found to be the same person.</summary>
internal sealed record FoundAccount
{
    /// <summary>
    /// The reference that was asked for; for a search by e-mail, the reference with which the address came last.
    /// </summary>
    /// <example>acme-0001</example>
    public required string IdentityReference { get; init; }

    /// <summary>The account.</summary>
    public required AccountView Account { get; init; }

    /// <summary>
    /// All references of the account: first the oldest, which the others were merged into, then those by name.
    /// </summary>
    public required IReadOnlyList<string> References { get; init; }

    /// <summary>The account's verification.</summary>
    public required KycView Kyc { get; init; }

    /// <summary>
    /// How <c>kyc.status</c> changed, the oldest first: of the account's oldest reference, whose status counts. It
    /// began as <c>PENDING</c>. Changes before December 2026 are not in it.
    /// </summary>
    public required IReadOnlyList<KycHistoryEntry> KycHistory { get; init; }

    /// <summary>The account's e-mail addresses, the last used first.</summary>
    public required IReadOnlyList<AccountEmail> Emails { get; init; }

    /// <summary>What was merged into the account's oldest reference, the newest first.</summary>
    public required IReadOnlyList<AccountMergeView> Merges { get; init; }
}

/// <summary>A change of <c>kyc.status</c>.</summary>
internal sealed record KycHistoryEntry
{
    /// <summary>What it changed to.</summary>
    /// <example>VERIFIED</example>
    [JsonConverter(typeof(KycStatusConverter))]
    public required KycStatus Status { get; init; }

    /// <summary>When.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset At { get; init; }
}

/// <summary>An e-mail address of an account.</summary>
internal sealed record AccountEmail
{
    /// <summary>
    /// The address that you searched by, masked. Absent for the others, of which we hold a hash only.
    /// </summary>
    /// <example>a•••@e•••.org</example>
    public string? Masked { get; init; }

    /// <summary>The reference with which it came last.</summary>
    /// <example>acme-0001</example>
    public required string IdentityReference { get; init; }

    /// <summary>When that was.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset LastUsedAt { get; init; }

    /// <summary>
    /// <c>verified</c> by a one-time code, <c>vouched</c> for by you, or <c>unverified</c>: given, and not proved yet.
    /// </summary>
    /// <example>verified</example>
    public required EmailTrust Trust { get; init; }
}

/// <summary>A merge of an account into another one.</summary>
internal sealed record AccountMergeView
{
    /// <summary>The merge's id: tell it your contact to have it undone.</summary>
    /// <example>merge_demo_01m8kp85402f4h6k8n1q3s5v7x</example>
    public required string MergeId { get; init; }

    /// <summary>A reference of the newer account, which became part of the older one.</summary>
    /// <example>acme-0002</example>
    public required string From { get; init; }

    /// <summary>A reference of the older account, which survived.</summary>
    /// <example>acme-0001</example>
    public required string Into { get; init; }

    /// <summary>
    /// The call that brought the common address: <c>Patch</c>, <c>TokenShare</c>, <c>Otp</c>, <c>Reliance</c> or
    /// <c>Documents</c>.
    /// </summary>
    /// <example>Otp</example>
    public required string Channel { get; init; }

    /// <summary>The reference in that call.</summary>
    /// <example>acme-0002</example>
    public required string ArrivedOn { get; init; }

    /// <summary>When they were merged.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the merge was undone. Absent where it was not.</summary>
    /// <example>2026-11-30T09:30:00.000Z</example>
    public DateTimeOffset? UndoneAt { get; init; }
}
