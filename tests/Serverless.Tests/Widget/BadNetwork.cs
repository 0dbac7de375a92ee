using Microsoft.Playwright;

namespace Serverless.Tests.Widget;

/// <summary>What can happen to a request.</summary>
public enum NetworkFault
{
    /// <summary>It does not reach the app.</summary>
    Reset,

    /// <summary>The app has done it, and the answer is lost.</summary>
    LostAnswer,

    /// <summary>It does not reach the app, and nobody says so.</summary>
    Hang,

    /// <summary>The app has done it, and the answer comes when nobody waits for it any more.</summary>
    Late,

    /// <summary>The app has done it, and the answer takes eight seconds.</summary>
    Slow,

    /// <summary>A gateway answers, with a page.</summary>
    BadGateway,

    /// <summary>The app has done it, and something fails afterwards: an answer without a body.</summary>
    EmptyFailure,

    /// <summary>The portal of a network answers in the app's place, with success and a page.</summary>
    Portal,
}

/// <summary>
/// The network between a page and the app. Of the requests of one kind it spoils some, then lets one through, and so
/// on. The page's time runs fast while nothing else is waited for, so that time limits and pauses cost nothing.
/// </summary>
public sealed class BadNetwork : IAsyncDisposable
{
    private const int Tick = 500;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(8);

    private readonly IPage _page;
    private readonly Func<string, NetworkFault?> _next;
    private readonly CancellationTokenSource _over = new();
    private readonly List<string> _spoiled = [];
    private Task _clock = Task.CompletedTask;
    private long _now;
    private int _passing;

    private BadNetwork(IPage page, Func<string, NetworkFault?> next) => (_page, _next) = (page, next);

    /// <summary>What was spoiled, as <c>POST confirm</c>.</summary>
    public IReadOnlyList<string> Spoiled
    {
        get
        {
            lock (_spoiled)
                return [.. _spoiled];
        }
    }

    /// <param name="page">Before it loads anything.</param>
    /// <param name="next">What happens to the next request of a kind; null: nothing.</param>
    public static async Task<BadNetwork> BeforeAsync(IPage page, Func<string, NetworkFault?> next)
    {
        var network = new BadNetwork(page, next);
        await page.Clock.InstallAsync();
        await page.RouteAsync("**/widget/links/**", network.HandleAsync);
        network._clock = network.RunClockAsync();
        return network;
    }

    /// <summary>Spoils so many of each kind in the same way, then lets one through, and again.</summary>
    public static Func<string, NetworkFault?> SpoilFirst(NetworkFault fault, int times = 1)
    {
        var seen = new Dictionary<string, int>();
        return kind =>
        {
            var count = seen[kind] = seen.GetValueOrDefault(kind) + 1;
            return count % (times + 1) == 0 ? null : fault;
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _clock;
        _over.Dispose();
    }

    private async Task HandleAsync(IRoute route)
    {
        var kind = $"{route.Request.Method} {route.Request.Url.Split('/')[^1]}";
        NetworkFault? fault;
        lock (_spoiled)
        {
            fault = _next(kind);
            if (fault is not null)
                _spoiled.Add(kind);
        }
        try
        {
            await SpoilAsync(route, fault);
        }
        catch (PlaywrightException) when (fault is not null || _over.IsCancellationRequested)
        {
            // The page has given up on it, or is gone.
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    private Task SpoilAsync(IRoute route, NetworkFault? fault) =>
        fault switch
        {
            null => PassAsync(route, _ => Task.CompletedTask, route.FulfillAsync),
            NetworkFault.Reset => route.AbortAsync("connectionreset"),
            NetworkFault.LostAnswer => PassAsync(
                route,
                _ => Task.CompletedTask,
                _ => route.AbortAsync("connectionreset")
            ),
            NetworkFault.Hang => Task.CompletedTask,
            NetworkFault.Late => PassAsync(route, WaitAsync(Lateness), route.FulfillAsync),
            NetworkFault.Slow => PassAsync(route, WaitAsync(Slowness), route.FulfillAsync),
            NetworkFault.BadGateway => route.FulfillAsync(
                new()
                {
                    Status = 502,
                    ContentType = "text/html",
                    Body = "<h1>Bad gateway</h1>",
                }
            ),
            NetworkFault.EmptyFailure => PassAsync(
                route,
                _ => Task.CompletedTask,
                _ => route.FulfillAsync(new() { Status = 500 })
            ),
            NetworkFault.Portal => route.FulfillAsync(
                new()
                {
                    Status = 200,
                    ContentType = "text/html",
                    Body = "<h1>Welcome</h1>",
                }
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };

    private async Task PassAsync(IRoute route, Func<IAPIResponse, Task> pause, Func<RouteFulfillOptions, Task> answer)
    {
        Interlocked.Increment(ref _passing);
        IAPIResponse response;
        try
        {
            response = await route.FetchAsync();
        }
        finally
        {
            Interlocked.Decrement(ref _passing);
        }
        await pause(response);
        await answer(new RouteFulfillOptions { Response = response });
    }

    /// <summary>Waits by the page's clock.</summary>
    private Func<IAPIResponse, Task> WaitAsync(TimeSpan time) =>
        async _ =>
        {
            var until = Volatile.Read(ref _now) + (long)time.TotalMilliseconds;
            while (Volatile.Read(ref _now) < until)
                await Task.Delay(Glance, _over.Token);
        };

    private async Task RunClockAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            try
            {
                if (Volatile.Read(ref _passing) == 0)
                {
                    await _page.Clock.FastForwardAsync(Tick);
                    Interlocked.Add(ref _now, Tick);
                }
                await Task.Delay(Glance, _over.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (PlaywrightException)
            {
                // The page is between two documents, or gone.
            }
        }
    }
}
