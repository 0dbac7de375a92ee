using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>
/// The question to the partner, once a link: committed with the link's creation or with its
/// first opening, as the partner's setting <c>dataRequests</c> says.
/// </summary>
internal static class AskPartner
{
    /// <summary>Asks with the creation of a link, where the partner wants that and the question is needed.</summary>
    public static void OnCreation(Person person, Link link, Partner? partner, string baseUrl, DateTimeOffset now)
    {
        if (partner?.Settings.DataRequests == DataRequestTiming.OnCreate)
            IfNeeded(person, link, partner, baseUrl, now, isPersonThere: false);
    }

    /// <summary>
    /// Asks with the first opening, where the creation has not: also where it had nobody to ask, or the setting was
    /// another one then.
    /// </summary>
    public static void OnOpening(Person person, Link link, Partner? partner, string baseUrl, DateTimeOffset now)
    {
        if (person.Request(DataRequestId.Of(link.Id)) is null)
            IfNeeded(person, link, partner, baseUrl, now, isPersonThere: true);
    }

    /// <summary>Asks for the fields that verification needs and nobody has given, if there is anybody to ask.</summary>
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
