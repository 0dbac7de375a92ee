using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Partners;
using Serverless.Functions.Statistics;
using Serverless.Functions.Users;

namespace Serverless.Functions.DataRequests;

/// <summary>
/// Creates the data request with its link, if the partner's setting says so (<see cref="AskPartner"/>), and closes it
/// with the link.
/// </summary>
internal sealed class DataRequestOfLink : ILinkParticipant
{
    public IEnumerable<string> RowsOf(LinkId link) => [DataRequest.RowKeyOf(DataRequestId.Of(link))];

    public void OnCreated(Person person, Link link, Partner? partner, string baseUrl, DateTimeOffset at) =>
        AskPartner.OnCreation(person, link, partner, baseUrl, at);

    public void OnClosed(Person person, Link link, bool isTimeUp, DateTimeOffset at)
    {
        var ended = isTimeUp ? DataRequestStatus.Expired : DataRequestStatus.Cancelled;
        if (
            person.Request(DataRequestId.Of(link.Id)) is not { } request
            || !DataRequestTransitions.Allows(request.Stored, ended)
        )
            return;
        var closed = request with { Stored = ended };
        person.Put(closed, at);
        if (isTimeUp)
            person.Raise(
                LinkEvents.New(PartnerEvents.DataRequestExpired, link, at, DataRequestEvents.Closed(closed, link)) with
                {
                    CountedAs = closed.EndingAs(Measure.RequestsExpired),
                }
            );
    }
}

/// <summary>A person's data requests.</summary>
internal static class PersonRequests
{
    extension(Person person)
    {
        /// <summary>A data request among this person's rows that were read; null when there is none.</summary>
        public DataRequest? Request(DataRequestId id) => person.Find<DataRequest>(DataRequest.RowKeyOf(id));
    }
}
