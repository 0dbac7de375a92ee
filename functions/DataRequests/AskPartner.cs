using Serverless.Functions.Events;
using Serverless.Functions.Links;
using Serverless.Functions.Users;
using Serverless.Functions.Webhooks;

namespace Serverless.Functions.DataRequests;

/// <summary>The question to the partner, on a link's first opening (contract m2m, section 8): committed with the opening itself.</summary>
internal static class AskPartner
{
    /// <summary>Asks for the fields that verification needs and nobody has given, if there is anybody to ask.</summary>
    public static void IfNeeded(Person person, Link link, WebhookEndpoint? endpoint, string baseUrl, DateTimeOffset now)
    {
        var missing = person.MissingCipFields;
        if (person.Status == UserStatus.CipVerified || missing.Count == 0 || endpoint?.UrlFor(WebhookEvents.DataRequest, link.CallbackUrl) is null)
            return;
        var request = new DataRequest
        {
            Owner = link.Owner,
            Id = DataRequestId.Of(link.Id),
            Stored = DataRequestStatus.Pending,
            RequiredFields = missing,
            CreatedAt = now,
            ExpiresAt = link.ExpiresAt,
        };
        person.Put(request.ToRow(), now);
        person.Raise(EventRow.New(WebhookEvents.DataRequest, link, now, DataRequestEvents.Asked(request, link, baseUrl)));
    }
}

/// <summary>What becomes of an open data request when its link is closed.</summary>
internal static class CloseDataRequest
{
    /// <summary>The link was revoked (contract m2m, section 10.24).</summary>
    public static void Cancelled(Person person, Link link, DateTimeOffset at) => Close(person, link, DataRequestStatus.Cancelled, at);

    /// <summary>The link's time is up.</summary>
    public static void Expired(Person person, Link link, DateTimeOffset at)
    {
        if (Close(person, link, DataRequestStatus.Expired, at) is { } request)
            person.Raise(EventRow.New(WebhookEvents.DataRequestExpired, link, at, DataRequestEvents.Closed(request, link)));
    }

    private static DataRequest? Close(Person person, Link link, DataRequestStatus status, DateTimeOffset at)
    {
        if (person.Request(DataRequestId.Of(link.Id)) is not { } request || !DataRequestTransitions.Allows(request.Stored, status))
            return null;
        var closed = request with { Stored = status };
        person.Put(closed.ToRow(), at);
        return closed;
    }
}
