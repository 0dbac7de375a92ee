namespace Serverless.Functions.Ids;

/// <summary>Identifies a person of a partner. Each person has one partition of the table Users.</summary>
internal sealed record PersonKey(PartnerId Partner, ReferenceId Reference)
{
    /// <summary>Partition key.</summary>
    public string Partition => $"{Partner}|{Reference}";

    /// <summary>Reads back a partition key.</summary>
    /// <exception cref="FormatException">The text is not a person's partition key.</exception>
    public static PersonKey FromPartition(string partition) =>
        partition.Split('|', 2) is [var partner, var reference]
            ? new PersonKey(PartnerId.FromStorage(partner), ReferenceId.FromStorage(reference))
            : throw new FormatException("The partition key names no person.");
}
