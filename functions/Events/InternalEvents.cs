namespace Serverless.Functions.Events;

/// <summary>Internal events: no partner can subscribe to them.</summary>
internal static class InternalEvents
{
    /// <summary>An identity was created.</summary>
    public const string IdentityCreated = "identity.created";

    /// <summary>Two accounts are becoming one.</summary>
    public const string MergeBegun = "identity.merge_begun";

    /// <summary>A token was shared and is to be processed.</summary>
    public const string KycShared = "identity.kyc_shared";

    /// <summary>One account has become two again.</summary>
    public const string MergeUndone = "identity.merge_undone";

    /// <summary>Operators see a person in another list, and nothing else tells of the change.</summary>
    public const string OperatorsTold = "person.operators_told";

    /// <summary>A person was erased.</summary>
    public const string UserErased = "user.erased";
}

/// <summary>The body of an event that says nothing beyond its name and its subject: <c>{}</c>.</summary>
internal sealed record NoData;
