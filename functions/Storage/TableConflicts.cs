using Azure;

namespace Serverless.Functions.Storage;

/// <summary>How a conditional write says that somebody else was first.</summary>
internal static class TableConflicts
{
    /// <summary>
    /// The row to insert exists (409), the row to change is not what was read (412) or is gone (404). Table Storage
    /// also answers 409 to a retried insert that had succeeded, so the caller re-reads and decides again instead of
    /// taking it for a refusal.
    /// </summary>
    public static bool IsConflict(this RequestFailedException exception) => exception.Status is 404 or 409 or 412;
}
