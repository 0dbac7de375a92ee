namespace Serverless.Functions.Users;

/// <summary>Where a person stands (contract m2m, section 5).</summary>
internal enum UserStatus
{
    Pending,
    DataIncomplete,
    DataComplete,
    CipPending,
    CipVerified,
    CipFailed,
}

/// <summary>What a merge of data does to the status: only the states before verification depend on which fields are held.</summary>
internal static class UserTransitions
{
    /// <summary>The status after the held fields were evaluated; a verification that runs, succeeded or failed is not touched by data.</summary>
    public static UserStatus AfterMerge(UserStatus status, IEnumerable<string> heldFields) => status switch
    {
        UserStatus.Pending or UserStatus.DataIncomplete or UserStatus.DataComplete =>
            UserData.CipFields.Except(heldFields).Any() ? UserStatus.DataIncomplete : UserStatus.DataComplete,
        _ => status,
    };
}
