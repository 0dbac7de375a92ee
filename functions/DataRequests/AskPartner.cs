using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>
/// Asks the partner for data, at most once per link: in the same commit as the link's creation or first opening, by
/// the partner's setting <c>dataRequests</c>.
/// </summary>
internal static class AskPartner
{
    /// <summary>Asks when a link is created, if the partner's setting says so and data is missing.</summary>
    public static void OnCreation(Person person, Link link, Partner? partner, string baseUrl, DateTimeOffset now)
    {
        if (partner?.Settings.DataRequests == DataRequestTiming.OnCreate)
            IfNeeded(person, link, partner, baseUrl, now, isPersonThere: false);
    }

    /// <summary>
    /// Asks at the first opening if the creation did not, for whatever reason: no webhook endpoint at that time, or a
    /// different setting.
    /// </summary>
    public static void OnOpening(Person person, Link link, Partner? partner, string baseUrl, DateTimeOffset now)
    {
        if (person.Request(DataRequestId.Of(link.Id)) is null)
            IfNeeded(person, link, partner, baseUrl, now, isPersonThere: true);
    }

    /// <summary>Asks for the missing fields that verification needs, if the partner can be asked.</summary>
    private static void IfNeeded(
        Person person,
        Link link,
        Partner? partner,
        string baseUrl,
        DateTimeOffset now,
        bool isPersonThere
    )
    {
        var missing = person.MissingCipFields;
        if (
            person.User.Status == UserStatus.CipVerified
            || missing.Count == 0
            || partner?.UrlFor(PartnerEvents.DataRequest, link.CallbackUrl) is null
        )
            return;
        var request = new DataRequest
        {
            Owner = link.Owner,
            Id = DataRequestId.Of(link.Id),
            Stored = DataRequestStatus.Pending,
            RequiredFields = missing,
            CreatedAt = now,
            ExpiresAt = link.ExpiresAt,
            IsPersonWaiting = isPersonThere,
        };
        person.Put(request, now);
        var asked = LinkEvents.New(
            PartnerEvents.DataRequest,
            link,
            now,
            DataRequestEvents.Asked(request, link, baseUrl)
        );
        person.Raise(asked with { IsPersonWaiting = isPersonThere });
    }
}
