namespace Serverless.Functions.Users;

/// <summary>Where a field's value came from, weakest first.</summary>
internal enum FieldSource
{
    /// <summary>Typed by the person.</summary>
    Widget,

    /// <summary>Answer to a data request.</summary>
    PartnerWebhook,

    /// <summary><c>userData</c> of a link's creation.</summary>
    PartnerApi,
}

/// <summary>Decides which of two values of a field is kept: /docs/user-data#which-value-wins.</summary>
internal static class Precedence
{
    /// <summary>
    /// A stronger or equal source replaces the held value (equal: the latest wins); a weaker one is ignored.
    /// </summary>
    public static bool Replaces(FieldSource arriving, FieldSource? current) => current is null || arriving >= current;

    /// <summary>
    /// A total order: the stronger source, then the later moment. Ids and, within one link, values break the remaining
    /// ties, so that the same values give the same state in whichever order they arrive.
    /// </summary>
    public static bool Wins(FieldWrite arriving, FieldWrite? current)
    {
        if (current is null || arriving.Source != current.Source)
            return Replaces(arriving.Source, current?.Source);
        if (arriving.At != current.At)
            return arriving.At > current.At;
        var via = string.CompareOrdinal(arriving.Via, current.Via);
        return via > 0 || (via == 0 && string.CompareOrdinal(arriving.Value, current.Value) >= 0);
    }
}

/// <summary>A value for a field: source, time, and the link or data request that brought it.</summary>
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
