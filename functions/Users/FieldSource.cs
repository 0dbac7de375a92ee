namespace Serverless.Functions.Users;

/// <summary>Where a field's value came from, the strongest last.</summary>
internal enum FieldSource
{
    /// <summary>Typed by the person.</summary>
    Widget,

    /// <summary>Answer to a data request.</summary>
    PartnerWebhook,

    /// <summary><c>userData</c> of a link's creation.</summary>
    PartnerApi,
}

/// <summary>Which value stands when two meet.</summary>
internal static class Precedence
{
    /// <summary>
    /// A stronger or equal source replaces what stands (equal: the latest wins); a weaker one is ignored.
    /// </summary>
    public static bool Replaces(FieldSource arriving, FieldSource? standing) =>
        standing is null || arriving >= standing;

    /// <summary>
    /// A total order: the stronger source, then the later moment. What is left (one moment, one source) is decided by
    /// the ids and, within one link, by the values, only so that the same values end in the same state whichever of
    /// them arrives first.
    /// </summary>
    public static bool Wins(FieldWrite arriving, FieldWrite? standing)
    {
        if (standing is null || arriving.Source != standing.Source)
            return Replaces(arriving.Source, standing?.Source);
        if (arriving.At != standing.At)
            return arriving.At > standing.At;
        var via = string.CompareOrdinal(arriving.Via, standing.Via);
        return via > 0 || (via == 0 && string.CompareOrdinal(arriving.Value, standing.Value) >= 0);
    }
}

/// <summary>A value for a field: where from, when, through which link or data request.</summary>
internal sealed record FieldWrite(FieldSource Source, DateTimeOffset At, string Via, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Source} at {At:O} via {Via}";
}

/// <summary>Sources as partners see them and as they are stored.</summary>
internal static class FieldSources
{
    /// <summary>The name that partners see.</summary>
    public static string WireName(this FieldSource source) =>
        source switch
        {
            FieldSource.PartnerApi => "partner_api",
            FieldSource.PartnerWebhook => "partner_webhook",
            _ => "widget",
        };

    public static FieldSource Parse(string wireName) =>
        wireName switch
        {
            "partner_api" => FieldSource.PartnerApi,
            "partner_webhook" => FieldSource.PartnerWebhook,
            "widget" => FieldSource.Widget,
            _ => throw new FormatException($"'{wireName}' is no source."),
        };
}
