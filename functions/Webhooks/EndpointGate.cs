using Microsoft.Extensions.Logging;
using Serverless.Functions.Observability;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Webhooks;

/// <summary>Whether an attempt may be made now.</summary>
internal abstract record Admission
{
    /// <summary>Yes; the pass is to be disposed of when the attempt has ended.</summary>
    public sealed record Admitted(GatePass Pass) : Admission;

    /// <summary>All places are taken, or a probe is finding out whether the endpoint is back.</summary>
    public sealed record NoPlace : Admission;

    /// <summary>The endpoint's circuit is open.</summary>
    /// <param name="Until">When the next probe may be made.</param>
    /// <param name="Pause">How long the pause between probes is now.</param>
    public sealed record CircuitOpen(DateTimeOffset Until, TimeSpan Pause) : Admission;
}

/// <summary>
/// Keeps partners apart: bounds the attempts under way to each endpoint (a partner's scheme, host and port) and to each partner, and keeps attempts away from endpoints that
/// do not work. It knows only what this instance has seen since it started, and nothing but time depends on it.
/// </summary>
internal sealed class EndpointGate(TimeProvider time, ILogger<EndpointGate> logger)
{
    /// <summary>Attempts under way to one endpoint.</summary>
    public const int PlacesOfEndpoint = 6;

    /// <summary>Attempts under way to one partner's endpoints: its links' callback URLs may name many hosts, and the trigger handles 32 messages at once (host.json).</summary>
    public const int PlacesOfPartner = 12;

    /// <summary>With so many attempts under way in all, a partner that is not quick gets <see cref="PlacesWhenScarce"/> places: several that hang together leave some to the others.</summary>
    public const int ScarceFrom = 24;

    /// <summary>Attempts under way to the endpoints of a partner that is not quick when places are scarce.</summary>
    public const int PlacesWhenScarce = 2;

    /// <summary>A partner is quick while its last answer within a second is not older than this: its places are free again in a moment, so it keeps nobody out.</summary>
    public static readonly TimeSpan StaysQuick = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan QuickAnswer = TimeSpan.FromSeconds(1);

    /// <summary>What is known of an endpoint is forgotten when nothing was sent to it for so long.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(PartnerId Partner, string Authority), Endpoint> _endpoints = [];
    private readonly Dictionary<PartnerId, int> _partners = [];
    private readonly Dictionary<PartnerId, DateTimeOffset> _quickAnswers = [];
    private int _underWay;
    private DateTimeOffset _swept;

    /// <summary>How many endpoints are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _endpoints.Count;
        }
    }

    /// <summary>Asks for a place.</summary>
    /// <param name="partner">Whose endpoint.</param>
    /// <param name="url">The endpoint's URL.</param>
    /// <param name="ignoresCircuit">Whether the attempt is made also while the circuit is open. It needs a place all the same.</param>
    public Admission Enter(PartnerId partner, string url, bool ignoresCircuit)
    {
        var uri = new Uri(url);
        var key = (partner, $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}");
        lock (_lock)
        {
            var now = time.GetUtcNow();
            Sweep(now);
            var endpoint = _endpoints.GetValueOrDefault(key) ?? new Endpoint(uri.IdnHost);
            var circuit = endpoint.Circuit;
            var isProbe = circuit.WantsProbe(now);
            if (!isProbe && !ignoresCircuit && circuit.State == CircuitState.Open)
                return new Admission.CircuitOpen(circuit.Until, circuit.Pause);
            if (!isProbe && !ignoresCircuit && circuit.State == CircuitState.HalfOpen)
                return new Admission.NoPlace();
            if (endpoint.UnderWay >= PlacesOfEndpoint || _partners.GetValueOrDefault(partner) >= PlacesNow(partner, now))
                return new Admission.NoPlace();

            if (isProbe)
                endpoint.Circuit = circuit.Probed();
            _underWay++;
            endpoint.UnderWay++;
            endpoint.UsedAt = now;
            _endpoints[key] = endpoint;
            _partners[partner] = _partners.GetValueOrDefault(partner) + 1;
            var opening = endpoint.Circuit.Openings;
            return new Admission.Admitted(new GatePass(outcome => Leave(key, endpoint, isProbe, opening, now, outcome)));
        }
    }

    private int PlacesNow(PartnerId partner, DateTimeOffset now) =>
        _underWay < ScarceFrom || (_quickAnswers.TryGetValue(partner, out var last) && now - last <= StaysQuick) ? PlacesOfPartner : PlacesWhenScarce;

    private void Leave((PartnerId Partner, string Authority) key, Endpoint endpoint, bool isProbe, int opening, DateTimeOffset entered, AttemptOutcome? outcome)
    {
        CircuitState before, after;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            before = endpoint.Circuit.State;
            if (outcome is not null)
                endpoint.Circuit = endpoint.Circuit.After(outcome, isProbe, opening, now);
            else if (isProbe && endpoint.Circuit.Openings == opening)
                endpoint.Circuit = endpoint.Circuit.Unprobed();
            after = endpoint.Circuit.State;
            if (outcome is { Status: not null } && now - entered <= QuickAnswer)
                _quickAnswers[key.Partner] = now;

            _underWay--;
            endpoint.UsedAt = now;
            if (--endpoint.UnderWay == 0 && after == CircuitState.Closed && endpoint.Circuit.Failures == 0)
                _endpoints.Remove(key);
            if (--_partners[key.Partner] == 0)
                _partners.Remove(key.Partner);
        }
        // The host only: the rest of a URL may hold secrets.
        if (before == CircuitState.Closed && after == CircuitState.Open)
        {
            Metrics.OpenCircuits.Add(1);
            GateLog.Opened(logger, key.Partner.Value, endpoint.Host);
        }
        else if (before != CircuitState.Closed && after == CircuitState.Closed)
        {
            Metrics.OpenCircuits.Add(-1);
            GateLog.Closed(logger, key.Partner.Value, endpoint.Host);
        }
    }

    private void Sweep(DateTimeOffset now)
    {
        if (now - _swept < SweepInterval)
            return;
        _swept = now;
        foreach (var (key, endpoint) in _endpoints)
            if (endpoint.UnderWay == 0 && now - endpoint.UsedAt > Memory)
            {
                _endpoints.Remove(key);
                if (endpoint.Circuit.State != CircuitState.Closed)
                    Metrics.OpenCircuits.Add(-1);
            }
        foreach (var (partner, at) in _quickAnswers)
            if (now - at > StaysQuick)
                _quickAnswers.Remove(partner);
    }

    private sealed class Endpoint(string host)
    {
        public string Host => host;

        public int UnderWay { get; set; }

        public DateTimeOffset UsedAt { get; set; }

        public Circuit Circuit { get; set; } = Circuit.Fresh;
    }
}

/// <summary>A place of an attempt, until it is disposed of.</summary>
/// <param name="leave">Gives the place back, with the attempt's outcome if it was made.</param>
internal sealed class GatePass(Action<AttemptOutcome?> leave) : IDisposable
{
    private Action<AttemptOutcome?>? _leave = leave;

    /// <summary>The attempt has ended.</summary>
    /// <param name="outcome">So.</param>
    public void End(AttemptOutcome? outcome) => Interlocked.Exchange(ref _leave, null)?.Invoke(outcome);

    /// <summary>Gives the place back if the attempt has not ended: it was not made.</summary>
    public void Dispose() => End(null);
}

internal static partial class GateLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Endpoint {Host} of partner {Partner}: the circuit is open, attempts are put off")]
    public static partial void Opened(ILogger logger, string partner, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "Endpoint {Host} of partner {Partner}: the circuit is closed, attempts are made again")]
    public static partial void Closed(ILogger logger, string partner, string host);
}
