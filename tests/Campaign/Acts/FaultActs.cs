namespace Serverless.Campaign;

/// <summary>Time travel, and what goes wrong.</summary>
internal static class FaultActs
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan[] Travels =
    [
        TimeSpan.FromSeconds(20),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(7),
        TimeSpan.FromMinutes(45),
        TimeSpan.FromHours(5),
        TimeSpan.FromDays(1.2),
        TimeSpan.FromDays(8),
    ];

    public static Task TravelAsync(Acting act)
    {
        var by = act.World.Options.DurableInStorage ? TimeSpan.FromSeconds(5) : Travels[act.Dice.Next(Travels.Length)];
        Task Move() => act.World.AdvanceAsync(by, act.Ct, Longest);
        // Apps are moved one after the other: nobody may ask them while they are hours apart.
        return by < TimeSpan.FromHours(20) && act.World.Apps.Count == 1 ? Move() : act.World.AloneAsync(Move, act.Ct);
    }

    public static async Task KillHostAsync(Acting act)
    {
        await Task.Delay(act.Dice.Next(300), act.Ct);
        await act.World.KillHostAsync(act.Dice.Next(2), act.Ct);
    }

    public static Task KillWorkerAsync(Acting act) => act.World.KillWorkerAsync(act.Dice.Next(2), act.Dice, act.Ct);

    public static Task HarmStorageAsync(Acting act) =>
        HarmAsync(act, act.World.Storage, "storage", (PathFault)act.Dice.Next(1, 5));

    public static Task HarmBrokerAsync(Acting act) =>
        act.World.Broker is { } broker
            ? HarmAsync(act, broker.Path, "broker", act.Dice.Next(2) == 0 ? PathFault.Cut : PathFault.Slow)
            : Task.CompletedTask;

    public static async Task RepeatMessagesAsync(Acting act)
    {
        if (act.World.Broker is not { } broker)
            return;
        using var fault = act.World.Faults.Begin("messages repeated");
        await broker.RepeatMessagesAsync(act.Ct);
    }

    public static async Task LoseLocksAsync(Acting act)
    {
        if (act.World.Broker is not { } broker)
            return;
        using var fault = act.World.Faults.Begin("locks lost");
        await broker.LoseLocksAsync();
    }

    private static async Task HarmAsync(Acting act, FaultyPath path, string name, PathFault fault)
    {
        using var begun = act.World.Faults.Begin($"{name}: {fault}");
        path.Set(fault, fault == PathFault.Slow ? 1 : 0.05 + (0.45 * act.Dice.NextDouble()));
        await Task.Delay(act.Dice.Next(100, 2500), act.Ct);
        path.Set(PathFault.None);
    }
}
