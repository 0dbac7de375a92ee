using Azure.Data.Tables;
using Serverless.Functions.Cip;
using Serverless.Functions.Users;
using Serverless.Functions.Webhooks.Deliveries;

namespace Serverless.Campaign;

/// <summary>Rows that repeat what stands elsewhere.</summary>
internal static class Indexes
{
    public static IEnumerable<(string, string)> Links(Look look)
    {
        var rows = look.Now.Table("Links").ToDictionary(row => row.RowKey);
        foreach (var link in look.Now.Links.Values)
        {
            if (!rows.TryGetValue(link.Id.Id.Inverted, out var row))
                yield return ($"{link.Id} is in the index", "no row");
            else if (
                row.GetString("Reference") != link.Owner.Reference.Value
                || row.GetBoolean("Committed") != true
                || !Same(row, "OpenedAt", link.OpenedAt)
                || !Same(row, "RevokedAt", link.RevokedAt)
            )
                yield return (
                    $"the index has {link.Id} opened {link.OpenedAt:O}, revoked {link.RevokedAt:O}",
                    Text(row)
                );
        }
        var known = look.Now.Links.Values.Select(link => link.Id.Id.Inverted).ToHashSet();
        foreach (
            var row in rows.Values.Where(row => row.GetBoolean("Committed") == true && !known.Contains(row.RowKey))
        )
            yield return ("a link for each committed row of the index", Text(row));
    }

    public static IEnumerable<(string, string)> Operations(Look look)
    {
        var rows = look.Now.Table("Operations").ToDictionary(row => row.RowKey);
        foreach (var operation in look.Now.Operations.Values)
        {
            if (!rows.TryGetValue(operation.Id.Id.Inverted, out var row))
                yield return ($"{operation.Id} is in the index", "no row");
            else if (
                row.GetBoolean("Committed") != true
                || row.GetString("LinkId") != operation.Link.Value
                || !Same(row, "ProcessingAt", operation.ProcessingAt)
                || !Same(row, "CompletedAt", operation.CompletedAt)
                || !Same(row, "FailedAt", operation.FailedAt)
                || !Same(row, "CancelledAt", operation.CancelledAt)
            )
                yield return ($"the index has {operation.Id} as {operation.Status}", Text(row));
        }
    }

    public static IEnumerable<(string, string)> Users(Look look)
    {
        var rows = look.Now.Table("UserIndex").ToDictionary(row => $"{row.PartitionKey}|{row.RowKey}");
        foreach (var user in look.Now.Users.Values)
        {
            var row = rows.GetValueOrDefault(user.Key.Partition);
            if (user.ErasedAt is not null)
            {
                if (row?.ContainsKey("Erased") != true)
                    yield return ($"{user.Key.Partition} is marked as erased", row is null ? "no row" : Text(row));
                continue;
            }
            var newest = row
                ?.Where(column => column.Key.StartsWith("Change", StringComparison.Ordinal))
                .Select(column => UserStamp.Parse((string)column.Value))
                .MaxBy(stamp => stamp.Version);
            if (newest?.Status != user.Status && (user.StatusVersion > 0 || newest is not null))
                yield return ($"the index has {user.Key.Partition} as {user.Status}", $"{newest?.Status}");
        }
    }

    public static IEnumerable<(string, string)> Emails(Look look)
    {
        var rows = look.Now.Table("EmailIndex").ToDictionary(row => row.PartitionKey);
        var held = new Dictionary<string, string>();
        foreach (var (partition, account) in look.Now.Accounts)
        {
            // Merged into another one, its own list no longer counts.
            if (look.Now.RootOf(partition) != partition)
                continue;
            foreach (var email in account.Emails.Where(email => email.Anchor is not null))
            {
                var key = $"{account.Root.Partner}|{email.Hash}";
                if (!held.TryAdd(key, partition))
                    yield return (
                        "an address is held by one account",
                        $"{held[key]} and {partition} hold {email.Hash}"
                    );
                if (!rows.TryGetValue(key, out var row))
                    yield return ($"the index has the address {email.Hash} of {partition}", "no row");
                else if (look.Now.RootOf($"{account.Root.Partner}|{row.GetString("Reference")}") != partition)
                    yield return ($"the index leads to {partition}", Text(row));
            }
        }
    }

    public static IEnumerable<(string, string)> Reviews(Look look)
    {
        var rows = look.Now.Table("Reviews").Select(row => (row.PartitionKey, row.RowKey)).ToHashSet();
        foreach (var user in look.Now.Users.Values)
        {
            var partition = user.Key.Partition;
            var isRoot = user.Root is null && user.MergingInto is null;
            var blocked = isRoot && look.Now.Accounts.GetValueOrDefault(partition)?.Blocked == true;
            if (rows.Contains(("blocked", partition)) != blocked)
                yield return (
                    $"{partition} is {(blocked ? "" : "not ")}in the list of blocked accounts",
                    $"{!blocked}"
                );
            var newest = look
                .Now.Tickets.Where(ticket => ticket.Owner == user.Key)
                .MaxBy(ticket => ticket.Id.Value, StringComparer.Ordinal);
            var cip =
                newest?.Stored == TicketStatus.NeedsReview
                && user.ErasedAt is null
                && user.Status == UserStatus.CipFailed;
            if (cip && !rows.Contains(("open", partition)))
                yield return ($"{partition} waits for an operator in the list", "no row");
        }
    }

    public static IEnumerable<(string, string)> FailedDeliveries(Look look)
    {
        var rows = look.Now.Table("FailedDeliveries").Select(row => row.RowKey).ToHashSet();
        return look
            .Now.Deliveries.Values.Where(delivery =>
                delivery.Status == DeliveryStatus.Failed
                && !rows.Contains(
                    Functions.Webhooks.Deliveries.FailedDeliveries.RowKeyOf(delivery.Partner, delivery.Id)
                )
            )
            .Select(delivery => ($"{delivery.WebhookId} is listed as failed", "no row"));
    }

    private static bool Same(TableEntity row, string column, DateTimeOffset? at) =>
        row.GetDateTimeOffset(column) is { } copied
            ? at is { } own && (copied - own).Duration() < TimeSpan.FromSeconds(1)
            : at is null;

    private static string Text(TableEntity row) =>
        string.Join(
            ", ",
            row.Where(column => column.Key is not "odata.etag").Select(column => $"{column.Key} {column.Value}")
        );
}
