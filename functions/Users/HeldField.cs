using Azure.Data.Tables;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>Where a held value came from.</summary>
internal sealed record HeldField(string Path, FieldSource Source, DateTimeOffset At, string Via)
{
    public static HeldField FromRow(string path, TableEntity row) =>
        new(path, FieldSources.Parse(row.Text("Source")), row.Time("At"), row.Text("Via"));
}
