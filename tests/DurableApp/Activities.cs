using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.DurableApp;

/// <summary>The activities that the tests' orchestrators call.</summary>
public static class Activities
{
    private static readonly ConcurrentDictionary<string, int> Attempts = new();

    /// <summary>What <see cref="Note"/> was called with, each time: for tests in the same process.</summary>
    public static ConcurrentQueue<string> Noted { get; } = new();

    /// <summary>What <see cref="Hold"/> waits for, by its input.</summary>
    public static ConcurrentDictionary<string, TaskCompletionSource> Held { get; } = new();

    [Function("Append")]
    public static string Append([ActivityTrigger] string text) => text + "!";

    [Function("Increment")]
    public static int Increment([ActivityTrigger] int number) => number + 1;

    [Function("Sum")]
    public static int Sum([ActivityTrigger] int[] numbers) => numbers.Sum();

    [Function("Nothing")]
    public static void Nothing([ActivityTrigger] string? text) => Noted.Enqueue($"nothing:{text}");

    [Function("Note")]
    public static string Note([ActivityTrigger] string text)
    {
        Noted.Enqueue(text);
        return text;
    }

    [Function("Hold")]
    public static async Task<string> Hold([ActivityTrigger] string key)
    {
        Noted.Enqueue(key);
        await Held.GetOrAdd(key, _ => new TaskCompletionSource()).Task;
        return key;
    }

    [Function("AlwaysFail")]
    public static string AlwaysFail([ActivityTrigger] string text) =>
        throw new InvalidTimeZoneException("outer " + text, new ArgumentException("bad " + text));

    [Function("FailTwice")]
    public static string FailTwice([ActivityTrigger] string key)
    {
        var attempt = Attempts.AddOrUpdate(key, 1, (_, before) => before + 1);
        return attempt > 2 ? $"attempt {attempt}" : throw new InvalidOperationException($"attempt {attempt} fails");
    }
}

/// <summary>Not public, so that the worker calls it by reflection.</summary>
internal static class InternalActivities
{
    [Function("FailInside")]
    public static async Task<string> FailInside([ActivityTrigger] string text)
    {
        await Task.Yield();
        throw new ArgumentException("bad " + text);
    }
}
