using System.Diagnostics.CodeAnalysis;

namespace Serverless.Functions.Ids;

/// <summary>What a kind of <see cref="PrefixedId{TSelf}"/> must define.</summary>
internal interface IPrefixedId<TSelf>
    where TSelf : IPrefixedId<TSelf>
{
    /// <summary>The prefix of every id of this kind, including the underscore.</summary>
    static abstract string Prefix { get; }

    /// <summary>The id of these parts.</summary>
    static abstract TSelf Of(PartnerId partner, Ulid id);
}

/// <summary>
/// An id of a partner's record: <c>{prefix}_{partner}_{ulid}</c>. It contains the record's owner, sorts by creation
/// time and cannot be guessed.
/// </summary>
/// <param name="Partner">The partner that owns the record.</param>
/// <param name="Id">The record's own part.</param>
internal abstract record PrefixedId<TSelf>(PartnerId Partner, Ulid Id)
    where TSelf : PrefixedId<TSelf>, IPrefixedId<TSelf>
{
    /// <summary>The whole id.</summary>
    public string Value => $"{TSelf.Prefix}{Partner}_{Id}";

    /// <summary>Creates a new id with this time.</summary>
    public static TSelf New(PartnerId partner, DateTimeOffset at) => TSelf.Of(partner, Ulid.New(at));

    /// <summary>Reads untrusted input; false for anything but an id of this kind.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out TSelf? id)
    {
        id = null;
        if (text is null || !text.StartsWith(TSelf.Prefix, StringComparison.Ordinal))
            return false;
        var rest = text[TSelf.Prefix.Length..];
        if (rest.Length <= Ulid.Length + 1 || rest[^(Ulid.Length + 1)] != '_')
            return false;
        if (
            !PartnerId.TryParse(rest[..^(Ulid.Length + 1)], out var partner)
            || !Ulid.TryParse(rest.AsSpan(rest.Length - Ulid.Length), out var ulid)
        )
            return false;
        id = TSelf.Of(partner, ulid);
        return true;
    }

    /// <summary>Reads back an id that this app has made.</summary>
    /// <exception cref="FormatException">The text is not an id of this kind.</exception>
    public static TSelf FromStorage(string value) =>
        TryParse(value, out var id)
            ? id
            : throw new FormatException($"'{value}' is no id that begins with {TSelf.Prefix}.");

    public sealed override string ToString() => Value;
}
