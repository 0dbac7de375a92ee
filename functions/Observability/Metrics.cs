using System.Diagnostics.Metrics;

namespace Serverless.Functions.Observability;

/// <summary>
/// The app's metrics (README, "Observability"). Attributes are partners, routes and outcomes: few values, and no
/// personal data.
/// </summary>
internal static class Metrics
{
    public static readonly Meter Meter = new("Serverless");

    private static readonly InstrumentAdvice<double> Waits = new()
    {
        HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 21600, 86400],
    };

    /// <summary>Requests by route and class of status, in seconds.</summary>
    public static readonly Histogram<double> Requests = Meter.CreateHistogram<double>(
        "serverless.http.request.duration",
        "s",
        "Requests, by route and class of status",
        tags: null,
        new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        }
    );

    /// <summary>Calls answered with 429 by a rate limit.</summary>
    public static readonly Counter<long> RefusedCalls = Meter.CreateCounter<long>(
        "serverless.rate_limit.refused",
        "{request}",
        "Calls refused, by limit"
    );

    /// <summary>Transactions that were repeated because another writer was first.</summary>
    public static readonly Counter<long> Conflicts = Meter.CreateCounter<long>(
        "serverless.storage.conflicts",
        "{conflict}",
        "Transactions lost to another writer and tried again"
    );

    /// <summary>Messages whose handler failed; each is delivered again later.</summary>
    public static readonly Counter<long> FailedMessages = Meter.CreateCounter<long>(
        "serverless.queue.failures",
        "{message}",
        "Messages that could not be handled and come back, by queue"
    );

    /// <summary>Attempts of webhooks by partner and outcome (<see cref="OutcomeOf"/>).</summary>
    public static readonly Counter<long> Attempts = Meter.CreateCounter<long>(
        "serverless.webhook.attempts",
        "{attempt}",
        "Attempts of webhooks, by partner and outcome"
    );

    /// <summary>From a change's commit to the 2xx for its webhook.</summary>
    public static readonly Histogram<double> DeliveryDelay = Meter.CreateHistogram(
        "serverless.webhook.delivery.delay",
        "s",
        "From the commit of a change to its receipt by the partner",
        tags: null,
        Waits
    );

    /// <summary>How late deliveries are processed: the maximum is the age of the backlog.</summary>
    public static readonly Histogram<double> Backlog = Meter.CreateHistogram(
        "serverless.webhook.backlog.age",
        "s",
        "How long a delivery was due when its message was handled",
        tags: null,
        Waits
    );

    /// <summary>Deliveries that ended, by partner and status: delivered, failed, superseded.</summary>
    public static readonly Counter<long> Ended = Meter.CreateCounter<long>(
        "serverless.webhook.deliveries",
        "{delivery}",
        "Deliveries that ended, by partner and status"
    );

    /// <summary>Endpoints with an open circuit on this instance.</summary>
    public static readonly UpDownCounter<long> OpenCircuits = Meter.CreateUpDownCounter<long>(
        "serverless.webhook.circuits.open",
        "{circuit}",
        "Endpoints that attempts are kept from"
    );

    /// <summary>The class of an attempt's outcome.</summary>
    /// <param name="status">HTTP status; null when no answer came.</param>
    public static string OutcomeOf(int? status) =>
        status switch
        {
            null => "no_answer",
            < 300 => "delivered",
            < 400 => "redirect",
            429 => "too_many_requests",
            < 500 => "client_error",
            _ => "server_error",
        };
}
