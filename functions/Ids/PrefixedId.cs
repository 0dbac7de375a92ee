using System.Diagnostics.CodeAnalysis;

namespace Serverless.Functions.Ids;

/// <summary>What tells one kind of <see cref="PrefixedId{TSelf}"/> from another.</summary>
internal interface IPrefixedId<TSelf>
    where TSelf : IPrefixedId<TSelf>
{
    /// <summary>What every id of the kind begins with, its underscore included.</summary>
    static abstract string Prefix { get; }

    /// <summary>The id of these parts.</summary>
    static abstract TSelf Of(PartnerId partner, Ulid id);
}

/// <summary>
/// An id of a partner's record: <c>{prefix}_{partner}_{ulid}</c>. It says whose the record is, sorts by the time of its
/// creation and cannot be guessed.
/// </summary>
/// <param name="Partner">Whose record.</param>
/// <param name="Id">The record's own part.</param>
internal abstract record PrefixedId<TSelf>(PartnerId Partner, Ulid Id)
    where TSelf : PrefixedId<TSelf>, IPrefixedId<TSelf>
{
    /// <summary>The whole id.</summary>
    public string Value => $"{TSelf.Prefix}{Partner}_{Id}";

    /// <summary>A new id of this moment.</summary>
    public static TSelf New(PartnerId partner, DateTimeOffset at) => TSelf.Of(partner, Ulid.New(at));

    /// <summary>Reads what a stranger sent; false for anything but an id of this kind.</summary>
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
    /// <exception cref="FormatException">Not one of this kind.</exception>
    public static TSelf FromStorage(string value) =>
        TryParse(value, out var id)
            ? id
            : throw new FormatException($"'{value}' is no id that begins with {TSelf.Prefix}.");

    public sealed override string ToString() => Value;
}
