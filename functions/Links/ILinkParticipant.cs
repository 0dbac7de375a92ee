using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>
/// Takes part in the transaction that creates or closes a link, for example with its data request. Other folders
/// implement it, so that links do not depend on them.
/// </summary>
internal interface ILinkParticipant
{
    /// <summary>Keys of the rows to read with a link that is to be changed.</summary>
    IEnumerable<string> RowsOf(LinkId link);

    /// <summary>A link is being created.</summary>
    /// <param name="person">Its person, with the link; rows and events added here are committed with it.</param>
    /// <param name="link">The link.</param>
    /// <param name="partner">The link's partner; null if it no longer exists.</param>
    /// <param name="baseUrl">Of the app, as its caller reaches it.</param>
    /// <param name="at">When.</param>
    void OnCreated(Person person, Link link, Partner? partner, string baseUrl, DateTimeOffset at);

    /// <summary>A link is being closed before it was completed.</summary>
    /// <param name="person">Its person; rows and events added here are committed with the link.</param>
    /// <param name="link">The closed link.</param>
    /// <param name="isTimeUp">True if it expired, false if somebody closed it.</param>
    /// <param name="at">When.</param>
    void OnClosed(Person person, Link link, bool isTimeUp, DateTimeOffset at);
}
