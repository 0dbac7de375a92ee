using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.KycSharing;

/// <summary>A share token of a person whom the partner has verified.</summary>
internal sealed record ShareTokenRequest
{
    /// <summary>
    /// Your own id of the person. If nobody is known by it, the identity is created; a new one has letters, digits and
    /// hyphens only.
    /// </summary>
    /// <example>acme-0001</example>
    [IdentityReference(Required = true)]
    public ReferenceId IdentityReference { get; init; } = null!;

    /// <summary>
    /// The person's e-mail address. If another reference of yours has it, both become one account.
    /// </summary>
    /// <example>ana@example.org</example>
    [Email(MaxLength = CustomerSubmission.MaxEmail, Required = true)]
    public EmailAddress Email { get; init; } = null!;

    /// <summary>
    /// The mobile number, with its country code or as it is dialled in the country of the address that we hold. A whole
    /// number counts as one with its country code.
    /// </summary>
    /// <example>"+525512345678"</example>
    [Phone]
    public string? MobileNumber { get; init; }

    /// <summary>Who has verified the person, and the token for it.</summary>
    [Nested(Required = true)]
    public SharingProvider Provider { get; init; } = null!;

    /// <inheritdoc/>
    public override string ToString() => nameof(ShareTokenRequest);
}

/// <summary>The company that has verified a person, and its token.</summary>
internal sealed record SharingProvider
{
    /// <summary>The company.</summary>
    /// <example>sumsub</example>
    [Vendor(Required = true)]
    public string? Vendor { get; init; }

    /// <summary>
    /// The share token that the company gave you for us. It is good for one use: the same one again is the same share,
    /// and for another person it is refused.
    /// </summary>
    /// <example>_act-sbx-jwt-eyJhbGciOiJub25lIn0</example>
    [Token(Required = true)]
    public string Token { get; init; } = "";

    /// <inheritdoc/>
    public override string ToString() => nameof(SharingProvider);
}

/// <summary>The company that the app takes share tokens of.</summary>
internal sealed class VendorAttribute : OneOfAttribute
{
    protected override IReadOnlyCollection<string> Values(FieldContext context) =>
        context.Services.GetRequiredService<IKycProvider>().Vendor is { } vendor ? [vendor] : [];

    public override void Describe(JsonObject schema, FieldContext context)
    {
        base.Describe(schema, context);
        // Where no company is set up, the route refuses everything.
        if (Values(context).Count == 0)
            schema.Remove("enum");
    }
}

/// <summary>A share token. It is opaque, because Sumsub has changed its form before.</summary>
internal sealed partial class TokenAttribute()
    : PatternAttribute(Pattern, "must have 6 to 4096 printable characters without spaces")
{
    [GeneratedRegex(@"^[\x21-\x7E]{6,4096}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern { get; }
}
