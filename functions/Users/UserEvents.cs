using Serverless.Functions.Links;

namespace Serverless.Functions.Users;

/// <summary>The member <c>data</c> of the event about a person. No values.</summary>
internal static class UserEvents
{
    public static object StatusChanged(Person person, Link? link, UserStatus before) =>
        new
        {
            userId = person.UserId,
            referenceId = person.Key.Reference.Value,
            linkId = link?.Id.Value,
            status = person.Status,
            previousStatus = before,
            changedAt = person.UpdatedAt,
            metadata = link?.MetadataJson,
        };
}
