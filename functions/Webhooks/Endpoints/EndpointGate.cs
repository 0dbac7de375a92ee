using Microsoft.Extensions.Logging;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// Keeps partners apart: bounds the attempts under way to each endpoint (a partner's scheme, host and port) and to
/// each partner, bounds what waits for slow ones in all, and keeps attempts away from endpoints that do not work. It
/// knows only what this instance has seen since it started, and nothing but time depends on it.
/// </summary>
internal sealed class EndpointGate(TimeProvider time, ILogger<EndpointGate> logger)
{
    /// <summary>
    /// Messages that the trigger handles at once (host.json). One that waits for an answer takes no thread: a call is
    /// cheap, and there are only so many.
    /// </summary>
    public const int Calls = 160;

    /// <summary>Attempts that may wait for endpoints that are not known to be quick.</summary>
    public const int SlowPlaces = 96;

    /// <summary>
    /// More of them, to endpoints of which nothing is known, while those are all taken: they are given up where the
    /// answer is not quick.
    /// </summary>
    public const int TrialPlaces = 16;

    /// <summary>More of them for data requests.</summary>
    public const int UrgentPlaces = 16;

    /// <summary>Attempts under way to one endpoint.</summary>
    public const int PlacesOfEndpoint = 6;

    /// <summary>Attempts under way to one partner's endpoints: its links' callback URLs may name many hosts.</summary>
    public const int PlacesOfPartner = 12;

    /// <summary>
    /// With so many of <see cref="SlowPlaces"/> taken, a partner that is not quick gets <see
    /// cref="PlacesWhenScarce"/>: more partners find one.
    /// </summary>
    public const int ScarceFrom = SlowPlaces / 2;

    /// <summary>Attempts under way to the endpoints of a partner that is not quick when places are scarce.</summary>
    public const int PlacesWhenScarce = 2;

    /// <summary>
    /// Beyond a partner's and an endpoint's bounds, for data requests: they do not stand behind their partner's other
    /// events.
    /// </summary>
    public const int UrgentPlacesOfPartner = 2;

    /// <summary>
    /// Between two messages that ask for a place of the slow, over all partners: what waits must not keep the instance
    /// busier than what is sent, however much it is.
    /// </summary>
    public static readonly TimeSpan BetweenAsking = TimeSpan.FromMilliseconds(20);

    /// <summary>What is known of an endpoint is forgotten when nothing was sent to it for so long.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private static readonly TimeSpan SweepInterval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<(PartnerId Partner, string Authority), Endpoint> _endpoints = [];
    private readonly Dictionary<PartnerId, Places> _partners = [];
    private readonly int[] _taken = new int[Enum.GetValues<Share>().Length];
    private DateTimeOffset _nextAsking;
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
    public Admission Enter(GateRequest request)
    {
        var uri = new Uri(request.Url);
        var key = (request.Partner, $"{uri.Scheme}://{uri.IdnHost}:{uri.Port}");
        lock (_lock)
        {
            var now = time.GetUtcNow();
            Sweep(now);
            var endpoint = _endpoints.GetValueOrDefault(key) ?? new Endpoint(uri.IdnHost);
            var circuit = endpoint.Circuit;
            var isProbe = circuit.WantsProbe(now);
            if (!isProbe && !request.IgnoresCircuit && circuit.State == CircuitState.Open)
                return new Admission.CircuitOpen(circuit.Until, circuit.Pause);
            var partner = _partners.GetValueOrDefault(request.Partner) ?? new Places();
            var pace = endpoint.Pace.At(now, request.IsFailing);
            // An endpoint of this partner was thought to be quick and was not: one that has many hosts could hold many
            // calls for a second each, one host after the other.
            if (pace == Pace.Quick && partner.IsDistrusted(now))
                pace = Pace.Unknown;
            // While one attempt finds out whether the endpoint is back, the others wait for what it finds.
            var isProbed = !isProbe && !request.IgnoresCircuit && circuit.State == CircuitState.HalfOpen;
            if (isProbed || !HasPlace(endpoint, partner, request, pace))
                return NoPlace(pace, request.IsUrgent, now);
            if (ShareFor(endpoint, request, pace) is not { } share)
                return NoPlace(pace, request.IsUrgent, now);

            if (isProbe)
                endpoint.Circuit = circuit.ProbeBegun();
            var visit = new Visit
            {
                Key = key,
                Endpoint = endpoint,
                Partner = partner,
                Share = share,
                IsUrgent = request.IsUrgent,
                IsProbe = isProbe,
                Opening = endpoint.Circuit.Openings,
                EnteredAt = now,
            };
            Take(visit);
            return new Admission.Admitted(new GatePass(() => MayGoOn(visit), outcome => Leave(visit, outcome)));
        }
    }

    /// <summary>An attempt that was given up for want of a place comes back like one that found none.</summary>
    /// <param name="isUrgent">Whether somebody waits for the answer.</param>
    public Admission.NoPlace GivenUp(bool isUrgent)
    {
        lock (_lock)
            return NoPlace(Pace.Slow, isUrgent, time.GetUtcNow());
    }

    private bool HasPlace(Endpoint endpoint, Places partner, GateRequest request, Pace pace)
    {
        var more = request.IsUrgent ? UrgentPlacesOfPartner : 0;
        var isScarce = pace != Pace.Quick && _taken[(int)Share.Slow] >= ScarceFrom;
        var ofPartner = isScarce ? PlacesWhenScarce : PlacesOfPartner;
        return endpoint.UnderWay < PlacesOfEndpoint + more && partner.UnderWay < ofPartner + more;
    }

    /// <summary>What the attempt's wait is to count against; null where there is nothing left.</summary>
    private Share? ShareFor(Endpoint endpoint, GateRequest request, Pace pace)
    {
        if (pace == Pace.Quick)
            return Share.None;
        if (_taken[(int)Share.Slow] < SlowPlaces)
            return Share.Slow;
        if (pace == Pace.Unknown && endpoint.OnTrial == 0 && _taken[(int)Share.Trial] < TrialPlaces)
            return Share.Trial;
        return request.IsUrgent && _taken[(int)Share.Urgent] < UrgentPlaces ? Share.Urgent : null;
    }

    private Admission.NoPlace NoPlace(Pace pace, bool isUrgent, DateTimeOffset now)
    {
        // An endpoint that is quick, or may be, has a place again in a moment; and a data request may ask as often as
        // it needs.
        if (pace != Pace.Slow || isUrgent)
            return new Admission.NoPlace(now);
        _nextAsking = (_nextAsking > now ? _nextAsking : now) + BetweenAsking;
        return new Admission.NoPlace(_nextAsking);
    }

    /// <summary>
    /// The attempt was not answered quickly: whether it may wait on. Where it may not, it is to be given up.
    /// </summary>
    private bool MayGoOn(Visit visit)
    {
        lock (_lock)
        {
            visit.Endpoint.Pace = visit.Endpoint.Pace.Hung(time.GetUtcNow());
            if (visit.Share == Share.None)
                visit.Partner.HungAt = time.GetUtcNow();
            if (visit.Share is Share.Slow or Share.Urgent)
                return true;
            if (_taken[(int)Share.Slow] < SlowPlaces)
                Move(visit, Share.Slow);
            else if (visit.IsUrgent && _taken[(int)Share.Urgent] < UrgentPlaces)
                Move(visit, Share.Urgent);
            else
                return false;
            return true;
        }
    }

    private void Take(Visit visit)
    {
        _taken[(int)visit.Share]++;
        var endpoint = visit.Endpoint;
        endpoint.OnTrial += visit.Share == Share.Trial ? 1 : 0;
        endpoint.UnderWay++;
        endpoint.UsedAt = visit.EnteredAt;
        _endpoints[visit.Key] = endpoint;
        visit.Partner.UnderWay++;
        _partners[visit.Key.Partner] = visit.Partner;
    }

    private void Move(Visit visit, Share share)
    {
        _taken[(int)visit.Share]--;
        visit.Endpoint.OnTrial -= visit.Share == Share.Trial ? 1 : 0;
        visit.Share = share;
        _taken[(int)share]++;
    }

    private void Leave(Visit visit, AttemptOutcome? outcome)
    {
        var endpoint = visit.Endpoint;
        var key = visit.Key;
        CircuitState before,
            after;
        lock (_lock)
        {
            var now = time.GetUtcNow();
            before = endpoint.Circuit.State;
            if (outcome is not null)
                endpoint.Circuit = endpoint.Circuit.After(outcome, visit.IsProbe, visit.Opening, now);
            else if (visit.IsProbe && endpoint.Circuit.Openings == visit.Opening)
                endpoint.Circuit = endpoint.Circuit.ProbeNotMade();
            after = endpoint.Circuit.State;
            if (outcome is { Status: not null } && now - visit.EnteredAt <= EndpointPace.QuickAnswer)
                endpoint.Pace = endpoint.Pace.Answered(now);

            Move(visit, Share.None);
            _taken[(int)Share.None]--;
            endpoint.UsedAt = now;
            endpoint.UnderWay--;
            if (--visit.Partner.UnderWay == 0 && !visit.Partner.IsDistrusted(now))
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
        foreach (var (id, partner) in _partners)
            if (partner.UnderWay == 0 && !partner.IsDistrusted(now))
                _partners.Remove(id);
    }

    /// <summary>An attempt under way.</summary>
    private sealed class Visit
    {
        public required (PartnerId Partner, string Authority) Key { get; init; }
        public required Endpoint Endpoint { get; init; }
        public required Places Partner { get; init; }
        public required Share Share { get; set; }
        public required bool IsUrgent { get; init; }
        public required bool IsProbe { get; init; }

        /// <summary><see cref="Circuit.Openings"/> when it began.</summary>
        public required int Opening { get; init; }

        public required DateTimeOffset EnteredAt { get; init; }
    }

    /// <summary>What a partner's endpoints take together.</summary>
    private sealed class Places
    {
        public int UnderWay { get; set; }

        /// <summary>When an endpoint that was thought to be quick last was not.</summary>
        public DateTimeOffset? HungAt { get; set; }

        public bool IsDistrusted(DateTimeOffset now) => now - HungAt < EndpointPace.StaysSlow;
    }

    private sealed class Endpoint(string host)
    {
        public string Host => host;

        public int UnderWay { get; set; }

        /// <summary>Of those, in <see cref="Share.Trial"/>.</summary>
        public int OnTrial { get; set; }

        public EndpointPace Pace { get; set; } = EndpointPace.Unknown;

        public DateTimeOffset UsedAt { get; set; }

        public Circuit Circuit { get; set; } = Circuit.Fresh;
    }
}

internal static partial class GateLog
{
    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Endpoint {Host} of partner {Partner}: the circuit is open, attempts are put off"
    )]
    public static partial void Opened(ILogger logger, string partner, string host);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Endpoint {Host} of partner {Partner}: the circuit is closed, attempts are made again"
    )]
    public static partial void Closed(ILogger logger, string partner, string host);
}
