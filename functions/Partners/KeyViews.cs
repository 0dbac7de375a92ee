using Serverless.Functions.Http;

namespace Serverless.Functions.Partners;

/// <summary>The API keys of a partner.</summary>
internal sealed record ApiKeys
{
    /// <summary>The keys that are not revoked, the newest first.</summary>
    public required IReadOnlyList<ApiKeyView> Items { get; init; }
}

/// <summary>An API key as it may be shown: what of it is no secret.</summary>
internal sealed record ApiKeyView
{
    /// <summary>The beginning of the key, which names it.</summary>
    /// <example>m2m_test_k3m8q1</example>
    public required string KeyPrefix { get; init; }

    /// <summary>What it was called when it was issued. Absent where it has no name.</summary>
    /// <example>checkout server</example>
    public string? Name { get; init; }

    /// <summary>When it was issued.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// When it was last used, to the hour: a later use may come up to an hour after. Absent where it never was.
    /// </summary>
    /// <example>2026-11-30T09:20:00.000Z</example>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>
    /// Whether this request came with it, or with a session that it began: it cannot revoke itself. Absent for an
    /// operator.
    /// </summary>
    /// <example>false</example>
    public bool? Current { get; init; }

    /// <param name="key">The key.</param>
    /// <param name="current">The hash of the key that the request came with; null for an operator.</param>
    public static ApiKeyView Of(StoredKey key, string? current = null) =>
        new()
        {
            KeyPrefix = key.Prefix,
            Name = key.Name,
            CreatedAt = key.CreatedAt,
            LastUsedAt = key.LastUsedAt,
            Current = current is null ? null : key.Hash == current,
        };
}

/// <summary>The keys of the identity API of a partner.</summary>
internal sealed record IdentityKeyList
{
    /// <summary>The keys that are not revoked, the newest first. The first one signs KYC webhooks.</summary>
    public required IReadOnlyList<IdentityKeyView> Items { get; init; }
}

/// <summary>A key of the identity API as it may be shown.</summary>
internal sealed record IdentityKeyView
{
    /// <summary>The public half of the key.</summary>
    /// <example>pk_test_7qf2m9x4c6v0n8r1p7d5h3j2</example>
    public required string IdentityApiKey { get; init; }

    /// <summary>What it was called when it was issued. Absent where it has no name.</summary>
    /// <example>onboarding service</example>
    public string? Name { get; init; }

    /// <summary>When it was issued.</summary>
    /// <example>2026-11-29T13:00:00.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>
    /// When a request was last signed with it, to the hour: a later use may come up to an hour after. Absent where none
    /// was.
    /// </summary>
    /// <example>2026-11-30T09:20:00.000Z</example>
    public DateTimeOffset? LastUsedAt { get; init; }

    public static IdentityKeyView Of(StoredIdentityKey key) =>
        new()
        {
            IdentityApiKey = key.Id.Value,
            Name = key.Name,
            CreatedAt = key.CreatedAt,
            LastUsedAt = key.LastUsedAt,
        };
}

/// <summary>A request for a new key.</summary>
internal sealed record NewKeyRequest
{
    /// <summary>The largest body.</summary>
    public const int MaxBody = 1024;

    /// <summary>What the key is for, so that you know it in the list: 1 to 60 characters.</summary>
    /// <example>checkout server</example>
    [Text(1, 60)]
    public string? Name { get; init; }
}
