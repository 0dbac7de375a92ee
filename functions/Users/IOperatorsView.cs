namespace Serverless.Functions.Users;

/// <summary>In which of their lists operators see a person.</summary>
internal interface IOperatorsView
{
    /// <summary>
    /// The same text for the same place in the lists; null for a person in none. It may rest on rows that were not
    /// read: what counts is that a change of a row that was makes another text.
    /// </summary>
    string? Of(Person person);
}
