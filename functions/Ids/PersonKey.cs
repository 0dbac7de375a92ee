namespace Serverless.Functions.Ids;

/// <summary>Whose records: a person of a partner. One person, one partition of the table Users.</summary>
internal sealed record PersonKey(PartnerId Partner, ReferenceId Reference)
{
    /// <summary>Partition key.</summary>
    public string Partition => $"{Partner}|{Reference}";

    /// <summary>Reads back a partition key.</summary>
    /// <exception cref="FormatException">Not one of a person.</exception>
    public static PersonKey FromPartition(string partition) =>
        partition.Split('|', 2) is [var partner, var reference]
            ? new PersonKey(PartnerId.FromStorage(partner), ReferenceId.FromStorage(reference))
            : throw new FormatException("The partition key names no person.");
}
