namespace Serverless.Functions.Users;

/// <summary>Status of a person.</summary>
internal enum UserStatus
{
    /// <summary>The record exists, nothing has happened.</summary>
    Pending,

    /// <summary>Some of the fields that verification needs are missing.</summary>
    DataIncomplete,

    /// <summary>All of them are held.</summary>
    DataComplete,

    /// <summary>Verification runs.</summary>
    CipPending,

    /// <summary>Identity verified: final, later data does not change it.</summary>
    CipVerified,

    /// <summary>Verification failed or needs review.</summary>
    CipFailed,
}

/// <summary>The allowed changes of a person's status: one table, used by every change.</summary>
internal static class UserTransitions
{
    private static readonly HashSet<(UserStatus From, UserStatus To)> Allowed =
    [
        (UserStatus.Pending, UserStatus.DataIncomplete),
        (UserStatus.Pending, UserStatus.DataComplete),
        (UserStatus.DataIncomplete, UserStatus.DataComplete),
        (UserStatus.DataComplete, UserStatus.CipPending),
        (UserStatus.CipPending, UserStatus.CipVerified),
        (UserStatus.CipPending, UserStatus.CipFailed),
        // Only after new data or a review, which the caller knows (Person.MayVerifyAgain).
        (UserStatus.CipFailed, UserStatus.CipPending),
        // Verified through the identity API, or as another reference of the same account.
        (UserStatus.Pending, UserStatus.CipVerified),
        (UserStatus.DataIncomplete, UserStatus.CipVerified),
        (UserStatus.DataComplete, UserStatus.CipVerified),
        (UserStatus.CipFailed, UserStatus.CipVerified),
    ];

    public static bool Allows(UserStatus from, UserStatus to) => Allowed.Contains((from, to));

    /// <summary>
    /// The status computed from the held fields; data does not change it while a verification runs, or after one
    /// succeeded or failed.
    /// </summary>
    public static UserStatus AfterMerge(UserStatus status, IEnumerable<string> heldFields)
    {
        var evaluated = UserData.CipFields.Except(heldFields).Any()
            ? UserStatus.DataIncomplete
            : UserStatus.DataComplete;
        return Allows(status, evaluated) ? evaluated : status;
    }
}
