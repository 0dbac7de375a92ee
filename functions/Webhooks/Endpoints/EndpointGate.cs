using Microsoft.Extensions.Logging;
using Serverless.Functions.Ids;
using Serverless.Functions.Observability;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// Isolates partners from each other: limits the concurrent attempts for each endpoint (a partner's scheme, host and
/// port), for each partner and for slow endpoints in all, and stops attempts to failing endpoints. Its knowledge is
/// local to this instance since its start, and only timing depends on it.
/// </summary>
internal sealed class EndpointGate(TimeProvider time, ILogger<EndpointGate> logger)
{
    /// <summary>
    /// Messages that the trigger handles concurrently (host.json). A waiting attempt holds no thread, so a call is
    /// cheap, but their number is limited.
    /// </summary>
    public const int Calls = 160;

    /// <summary>Attempts that may wait for endpoints not known to be quick.</summary>
    public const int SlowPlaces = 96;

    /// <summary>
    /// Additional places for unknown endpoints when <see cref="SlowPlaces"/> are all taken: such an attempt is
    /// cancelled if the answer is not quick.
    /// </summary>
    public const int TrialPlaces = 16;

    /// <summary>Additional places for data requests.</summary>
    public const int UrgentPlaces = 16;

    /// <summary>Concurrent attempts to one endpoint.</summary>
    public const int PlacesOfEndpoint = 6;

    /// <summary>
    /// Concurrent attempts to one partner's endpoints: the callback URLs of its links may name many hosts.
    /// </summary>
    public const int PlacesOfPartner = 12;

    /// <summary>
    /// From so many taken <see cref="SlowPlaces"/> on, a partner that is not quick gets only
    /// <see cref="PlacesWhenScarce"/>, so that more partners get a place.
    /// </summary>
    public const int ScarceFrom = SlowPlaces / 2;

    /// <summary>Attempts under way to the endpoints of a partner that is not quick when places are scarce.</summary>
    public const int PlacesWhenScarce = 2;

    /// <summary>
    /// Additional places of each endpoint and partner for data requests, so that they do not wait behind the partner's
    /// other events.
    /// </summary>
    public const int UrgentPlacesOfPartner = 2;

    /// <summary>
    /// Interval between two messages, over all partners, that ask for a place for a slow endpoint: even a large
    /// backlog must not load the instance more than sending does.
    /// </summary>
    public static readonly TimeSpan BetweenAsking = TimeSpan.FromMilliseconds(20);

    /// <summary>An endpoint is forgotten if nothing was sent to it for so long.</summary>
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

    /// <summary>Requests a place.</summary>
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
            // Another quick endpoint of this partner has just hung: a partner with many hosts could otherwise hold
            // many calls for a second each, one host after the other.
            if (pace == Pace.Quick && partner.IsDistrusted(now))
                pace = Pace.Unknown;
            // While the probe tests the endpoint, other attempts wait for its result.
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

    /// <summary>Refusal for a cancelled attempt: the same as if there had been no place.</summary>
    /// <param name="isUrgent">True if somebody waits for the answer.</param>
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

    /// <summary>The limit that the attempt's wait counts against; null if all are used up.</summary>
    private Share? ShareFor(Endpoint endpoint, GateRequest request, Pace pace)
    {
        if (pace == Pace.Quick)
            return Share.None;
        if (_taken[(int)Share.Slow] < SlowPlaces)
            return Share.Slow;
        // One trial at a time shows whether an unknown endpoint is quick.
        if (pace == Pace.Unknown && endpoint.OnTrial == 0 && _taken[(int)Share.Trial] < TrialPlaces)
            return Share.Trial;
        return request.IsUrgent && _taken[(int)Share.Urgent] < UrgentPlaces ? Share.Urgent : null;
    }

    private Admission.NoPlace NoPlace(Pace pace, bool isUrgent, DateTimeOffset now)
    {
        // A place at a quick or unknown endpoint is free again soon, and a data request may ask as often as it needs.
        if (pace != Pace.Slow || isUrgent)
            return new Admission.NoPlace(now);
        _nextAsking = (_nextAsking > now ? _nextAsking : now) + BetweenAsking;
        return new Admission.NoPlace(_nextAsking);
    }

    /// <summary>
    /// Called when an attempt was not answered quickly: true if it may wait on, false if it must be cancelled.
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
        // Only the host: the rest of a URL may contain secrets.
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

    /// <summary>A running attempt.</summary>
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

    /// <summary>Places that a partner's endpoints use together.</summary>
    private sealed class Places
    {
        public int UnderWay { get; set; }

        /// <summary>When an endpoint that was considered quick last hung.</summary>
        public DateTimeOffset? HungAt { get; set; }

        public bool IsDistrusted(DateTimeOffset now) => now - HungAt < EndpointPace.StaysSlow;
    }

    private sealed class Endpoint(string host)
    {
        public string Host => host;

        public int UnderWay { get; set; }

        /// <summary>How many of them are in <see cref="Share.Trial"/>.</summary>
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
