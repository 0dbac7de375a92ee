namespace Serverless.Functions.Ids;

/// <summary>Whose records: a person of a partner. One person, one partition of the table Users.</summary>
internal sealed record PersonKey(PartnerId Partner, ReferenceId Reference)
{
    /// <summary>Partition key.</summary>
    public string Partition => $"{Partner}|{Reference}";
}
