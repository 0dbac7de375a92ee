using System.Text.Json;
using Serverless.Functions.Storage;

namespace Serverless.Functions.KycSharing;

/// <summary>What a partner's own screening of a person found.</summary>
/// <param name="Date">When the partner has screened the person.</param>
/// <param name="Sanctions">On a sanctions list.</param>
/// <param name="Pep">A politically exposed person.</param>
/// <param name="IsRecent">Not too old on arrival to verify anybody.</param>
internal sealed record Screening(DateOnly Date, bool Sanctions, bool Pep, bool IsRecent)
{
    public bool HasMatch => Sanctions || Pep;

    /// <summary>Reads what a row of <see cref="Reliance"/> holds, decrypted.</summary>
    public static Screening Parse(string text) =>
        JsonSerializer.Deserialize<Screening>(text, StoredJson.Options)
        ?? throw new FormatException("A screening is empty.");

    /// <summary>As a row holds it, before it is encrypted.</summary>
    public string ToText() => JsonSerializer.Serialize(this, StoredJson.Options);

    /// <inheritdoc/>
    public override string ToString() => nameof(Screening);
}
