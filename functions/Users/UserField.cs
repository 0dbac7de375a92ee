namespace Serverless.Functions.Users;

/// <summary>
/// A field of <c>userData</c>, declared once: the known members, what verification needs and a data request asks for,
/// the order in the widget and the mask all follow from this list. <see cref="UserData.Read"/> parses it.
/// </summary>
/// <param name="Path">Dotted, as errors and answers name it.</param>
/// <param name="IsForCip">True where identity cannot be verified without it.</param>
/// <param name="Mask">What the partner is shown of a value.</param>
internal sealed record UserField(string Path, bool IsForCip, Func<string, string> Mask)
{
    /// <summary>All of them, in the order in which they are asked for.</summary>
    public static IReadOnlyList<UserField> All { get; } =
    [
        new("name.firstName", IsForCip: true, Masking.FirstLetter),
        new("name.secondName", IsForCip: true, Masking.FirstLetter),
        new("name.lastName", IsForCip: true, Masking.FirstLetter),
        new("name.secondLastName", IsForCip: true, Masking.FirstLetter),
        new("idNumber", IsForCip: true, Masking.LastFour) { IsMaskedForPerson = true },
        // A type is not personal: it only says which format the number has.
        new("idType", IsForCip: true, type => type),
        new("dob", IsForCip: true, Masking.Year),
        new(UserData.PaymentMethod, IsForCip: false, Masking.Method),
        new(UserData.IdImagePath, IsForCip: false, _ => "held"),
    ];

    /// <summary>True if even the person sees only as much as is needed to recognise it.</summary>
    public bool IsMaskedForPerson { get; init; }

    /// <summary>The member that holds the value.</summary>
    public string Name => Path[(Path.LastIndexOf('.') + 1)..];

    /// <summary>The object that contains the member; null for <c>userData</c> itself.</summary>
    public string? Parent => Path.Split('.') is [var parent, _] ? parent : null;

    public static UserField? Find(string path) => All.FirstOrDefault(field => field.Path == path);

    /// <summary>The members that are known of <c>userData</c> (null) or of an object in it.</summary>
    public static string[] MembersOf(string? parent) =>
        parent is null
            ? [.. All.Select(field => field.Parent ?? field.Name).Distinct()]
            : [.. All.Where(field => field.Parent == parent).Select(field => field.Name)];
}
