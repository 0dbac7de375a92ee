using Azure;

namespace Serverless.Functions.Storage;

/// <summary>Recognises a failed conditional write: another writer was first.</summary>
internal static class TableConflicts
{
    /// <summary>
    /// 409: the row to insert exists; 412: the row has changed since it was read; 404: it was deleted. Table Storage
    /// also answers 409 to a retried insert that had succeeded, so the caller must read and decide again.
    /// </summary>
    public static bool IsConflict(this RequestFailedException exception) => exception.Status is 404 or 409 or 412;
}
