using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Users;

namespace Serverless.Functions.Links;

/// <summary>
/// What takes part in the transaction that creates or closes a link, such as the data request that belongs to it. The
/// folders above implement it, so that a link need not know of them.
/// </summary>
internal interface ILinkParticipant
{
    /// <summary>Keys of the rows to read with a link that is to be changed.</summary>
    IEnumerable<string> RowsOf(LinkId link);

    /// <summary>A link is being created.</summary>
    /// <param name="person">Its person, with the link; what is put and raised here is committed with it.</param>
    /// <param name="link">The link.</param>
    /// <param name="partner">Whose it is; null where it is gone.</param>
    /// <param name="baseUrl">Of the app, as its caller reaches it.</param>
    /// <param name="at">When.</param>
    void OnCreated(Person person, Link link, Partner? partner, string baseUrl, DateTimeOffset at);

    /// <summary>A link is being closed before it was completed.</summary>
    /// <param name="person">Its person; what is put and raised here is committed with the link.</param>
    /// <param name="link">The closed link.</param>
    /// <param name="isTimeUp">True where its time is up, false where somebody closed it.</param>
    /// <param name="at">When.</param>
    void OnClosed(Person person, Link link, bool isTimeUp, DateTimeOffset at);
}
