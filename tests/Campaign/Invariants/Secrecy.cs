namespace Serverless.Campaign;

/// <summary>Where values may be read.</summary>
internal static class Secrecy
{
    public static IEnumerable<(string, string)> InClear(Look look)
    {
        foreach (var (where, bytes) in look.Now.Values())
        foreach (var marker in look.World.Markers.In(bytes))
            if (marker.Exposure == Exposure.Never)
                yield return ("only sealed values", $"{marker.What} of {marker.Owner.Partition} in {where}");
        foreach (var (name, bytes) in look.World.Journals())
        foreach (var marker in look.World.Markers.In(bytes))
            yield return (
                "no value with queues and orchestrations",
                $"{marker.What} of {marker.Owner.Partition} in {name}"
            );
        foreach (var arrival in look.World.Receivers.Arrivals)
        foreach (var marker in look.World.Markers.In(arrival.Body))
            if (marker.Exposure == Exposure.Never)
                yield return ("no sealed value in a webhook", $"{marker.What} in {arrival.Event} {arrival.Id}");
    }

    public static IEnumerable<(string, string)> Erased(Look look)
    {
        foreach (var (where, bytes) in look.Now.Values())
        foreach (var marker in look.World.Markers.In(bytes))
            if (marker.Owner.Erased == Truth.Yes)
                yield return ("nothing of an erased person's", $"{marker.What} of {marker.Owner.Partition} in {where}");
        foreach (var user in look.Now.Users.Values.Where(user => user.ErasedAt is not null))
        {
            if (user.DataKey is not null)
                yield return ($"the data key of {user.Key.Partition} is destroyed", "it is there");
            foreach (
                var row in look
                    .Now.Table("Users")
                    .Where(row => row.PartitionKey == user.Key.Partition && Sealed.Any(row.RowKey.StartsWith))
            )
                yield return ("no row of values", $"{row.PartitionKey} {row.RowKey}");
        }
    }

    private static readonly string[] Sealed = ["field|", "history|", "file|", "document|", "reliance|", "share|"];
}
