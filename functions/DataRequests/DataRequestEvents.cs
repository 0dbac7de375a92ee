using Serverless.Functions.Links;

namespace Serverless.Functions.DataRequests;

/// <summary>The member <c>data</c> of the data request events.</summary>
internal static class DataRequestEvents
{
    public static object Asked(DataRequest request, Link link, string baseUrl) =>
        new
        {
            dataRequestId = request.Id.Value,
            referenceId = request.Owner.Reference.Value,
            linkId = link.Id.Value,
            requiredFields = request.RequiredFields,
            replyEndpoint = $"{baseUrl}/partner/data-requests/{request.Id}",
            expiresAt = request.ExpiresAt,
            metadata = link.MetadataJson,
        };

    public static object Closed(DataRequest request, Link link) =>
        new
        {
            dataRequestId = request.Id.Value,
            referenceId = request.Owner.Reference.Value,
            linkId = link.Id.Value,
            status = request.Stored,
            fulfilledAt = request.FulfilledAt,
            metadata = link.MetadataJson,
        };
}
