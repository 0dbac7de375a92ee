using System.Text;

namespace Serverless.Functions.Webhooks.Sending;

/// <summary>How one attempt ended.</summary>
/// <param name="Status">HTTP status; null when no answer came.</param>
/// <param name="Error">Why no usable answer came; null when one did.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Body">The answer's body as UTF-8, up to a limit.</param>
/// <param name="RetryAfter"><c>Retry-After</c> of an answer with 429 or 503.</param>
internal sealed record AttemptOutcome(
    int? Status,
    string? Error,
    long Milliseconds,
    byte[] Body,
    TimeSpan? RetryAfter = null
)
{
    private const int ExcerptLength = 1024;

    /// <summary>Why <see cref="Body"/> is incomplete or not text; null if it is fine.</summary>
    public string? BodyProblem { get; init; }

    /// <summary>The sent headers; null if there was no connection, so that nothing was sent.</summary>
    public SentHeaders? Sent { get; init; }

    /// <summary>The endpoint is gone: nothing is to be sent to it again.</summary>
    public bool Gone => Status == 410;

    /// <summary>Any 2xx within the time limit.</summary>
    public bool Succeeded => Status is >= 200 and < 300 && Error is null;

    /// <summary>The first kilobyte of the answer's body; null where there is none.</summary>
    public string? Excerpt =>
        Body.Length == 0 ? null : Encoding.UTF8.GetString(Body, 0, Math.Min(Body.Length, ExcerptLength));
}
