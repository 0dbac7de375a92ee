namespace Serverless.Campaign;

/// <summary>What can happen in a history.</summary>
internal enum StepKind
{
    // A person and its partner.
    Live,
    CreateLink,
    Revoke,
    AnswerLate,
    Erase,

    // Identities.
    CreateIdentity,
    AttachEmail,
    ShareToken,
    Rely,

    // The operator.
    Merge,
    UndoMerge,
    Block,
    Unblock,
    ReviewCip,
    ReviewIdentity,

    // The partner's own affairs.
    RotateSecret,
    IssueKey,
    RevokeKey,
    ChangeEndpoint,
    ReceiverMood,
    Replay,

    /// <summary>An earlier call with an Idempotency-Key is sent once more.</summary>
    Repeat,

    // Time and faults.
    Travel,
    KillHost,
    KillWorker,
    StorageFault,
    BrokerFault,
    RepeatMessages,
    LoseLocks,

    /// <summary>All is healthy, time passes until all is done, and the invariants are checked.</summary>
    Rest,
}

/// <summary>
/// One step of a history. It names whom it is about and a number from which its details follow, so that any part of a
/// history can be taken again.
/// </summary>
/// <param name="Number">Its place in the whole history, from 1.</param>
/// <param name="Kind">What happens.</param>
/// <param name="Partner">Which partner.</param>
/// <param name="Person">Which person of the partner.</param>
/// <param name="Dice">Seeds the step's own choices.</param>
internal sealed record Step(int Number, StepKind Kind, int Partner, int Person, int Dice)
{
    public override string ToString() => $"{Number} {Kind} p{Partner}-{Person} ({Dice})";
}

/// <summary>Histories: lists of steps, each the same for the same seed.</summary>
internal static class History
{
    public const int Partners = 3;
    public const int Persons = 4;

    /// <summary>A rest after so many steps.</summary>
    private const int Chapter = 40;

    private static readonly (StepKind Kind, int Weight)[] Acts =
    [
        (StepKind.Live, 110),
        (StepKind.CreateLink, 8),
        (StepKind.Revoke, 9),
        (StepKind.AnswerLate, 4),
        (StepKind.Erase, 3),
        (StepKind.CreateIdentity, 8),
        (StepKind.AttachEmail, 16),
        (StepKind.ShareToken, 6),
        (StepKind.Rely, 3),
        (StepKind.Merge, 4),
        (StepKind.UndoMerge, 1),
        (StepKind.Block, 5),
        (StepKind.Unblock, 1),
        (StepKind.ReviewCip, 3),
        (StepKind.ReviewIdentity, 3),
        (StepKind.RotateSecret, 2),
        (StepKind.IssueKey, 2),
        (StepKind.RevokeKey, 2),
        (StepKind.ChangeEndpoint, 2),
        (StepKind.ReceiverMood, 6),
        (StepKind.Replay, 3),
        (StepKind.Repeat, 8),
        (StepKind.Travel, 10),
    ];

    private static readonly (StepKind Kind, int Weight)[] Faults =
    [
        (StepKind.KillHost, 3),
        (StepKind.KillWorker, 3),
        (StepKind.StorageFault, 6),
        (StepKind.BrokerFault, 3),
        (StepKind.RepeatMessages, 3),
        (StepKind.LoseLocks, 1),
    ];

    public static IReadOnlyList<Step> Of(CampaignOptions options, int seed)
    {
        var random = new Random(seed);
        var kinds = options.Faults ? [.. Acts, .. Faults] : Acts;
        var steps = new List<Step>();
        for (var number = 1; number <= options.Steps; number++)
        {
            var kind = number % Chapter == 0 ? StepKind.Rest : Pick(kinds, random);
            steps.Add(new Step(number, kind, random.Next(Partners), random.Next(Persons), random.Next()));
        }
        return options.Only is { } only ? [.. steps.Where(step => only.Contains(step.Number))] : steps;
    }

    private static StepKind Pick((StepKind Kind, int Weight)[] kinds, Random random)
    {
        var left = random.Next(kinds.Sum(kind => kind.Weight));
        return kinds.First(kind => (left -= kind.Weight) < 0).Kind;
    }
}
