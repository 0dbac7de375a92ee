using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>Verdict of a probe.</summary>
internal enum ProbeVerdict
{
    /// <summary>Every case was answered as a correct receiver does.</summary>
    Conformant,

    /// <summary>At least one case was answered differently.</summary>
    NotConformant,

    /// <summary>No case was answered.</summary>
    Unreachable,
}

/// <summary>How your endpoint answered valid and invalid webhooks.</summary>
internal sealed record ProbeReport
{
    /// <summary>Where they were sent.</summary>
    /// <example>https://partner.example.com/hook</example>
    public required string Url { get; init; }

    /// <summary>
    /// <c>conformant</c>: every case was answered as a correct receiver does. <c>not_conformant</c>: at least one was
    /// not; its <c>advice</c> says what to do. <c>unreachable</c>: none was answered.
    /// </summary>
    /// <example>not_conformant</example>
    public required ProbeVerdict Verdict { get; init; }

    /// <summary>How many cases were answered as expected.</summary>
    /// <example>0</example>
    public required int Passed { get; init; }

    /// <summary>The five cases.</summary>
    public required IReadOnlyList<ProbeCase> Cases { get; init; }

    public static ProbeReport Of(string url, ProbeCase[] cases)
    {
        var passed = cases.Count(one => one.Passed);
        return new ProbeReport
        {
            Url = url,
            Verdict = VerdictOf(cases),
            Passed = passed,
            Cases = cases,
        };
    }

    private static ProbeVerdict VerdictOf(ProbeCase[] cases)
    {
        if (Array.TrueForAll(cases, one => one.Passed))
            return ProbeVerdict.Conformant;
        var isSilent = Array.TrueForAll(cases, one => one.Status is null);
        return isSilent ? ProbeVerdict.Unreachable : ProbeVerdict.NotConformant;
    }
}

/// <summary>One request of a probe and its outcome.</summary>
internal sealed record ProbeCase
{
    /// <summary>
    /// Its name: <c>valid</c>, <c>tampered_body</c>, <c>wrong_secret</c>, <c>old_timestamp</c> or <c>duplicate</c>.
    /// </summary>
    /// <example>valid</example>
    public required string Case { get; init; }

    /// <summary>What was sent, in English.</summary>
    /// <example>a correctly signed endpoint.test</example>
    public required string Sent { get; init; }

    /// <summary>How a correct receiver answers it, in English.</summary>
    /// <example>any 2xx</example>
    public required string Expected { get; init; }

    /// <summary>Whether it was answered so.</summary>
    /// <example>false</example>
    public required bool Passed { get; init; }

    /// <summary>HTTP status of the answer. Absent where no answer came.</summary>
    /// <example>302</example>
    public int? Status { get; init; }

    /// <summary>Why no usable answer came within five seconds, in English. Absent where one came.</summary>
    /// <example>no complete answer within 5 s</example>
    public string? Error { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    /// <example>41</example>
    public required long DurationMs { get; init; }

    /// <summary>
    /// What to do, or what this case cannot show, in English. Absent where there is nothing to say.
    /// </summary>
    /// <example>Answer at the URL that is configured: redirects are not followed.</example>
    public string? Advice { get; init; }
}

/// <summary>What a case of a probe sends, and how a correct receiver answers it.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Sent">Description of the request.</param>
/// <param name="IsToBeRefused">True if a correct receiver refuses it, else it answers any 2xx.</param>
/// <param name="Advice">What to do if the receiver answers otherwise.</param>
/// <param name="Note">What the expected answer does not prove.</param>
internal sealed record ProbeRule(string Case, string Sent, bool IsToBeRefused, string Advice, string? Note = null)
{
    public static ProbeRule Valid { get; } =
        new(
            "valid",
            "a correctly signed endpoint.test",
            IsToBeRefused: false,
            "Answer 2xx to a delivery that verifies, also to an event that you do not know: check the secret, and that "
                + "you verify the raw body before anything parses it."
        );

    public static ProbeRule TamperedBody { get; } =
        new(
            "tampered_body",
            "an endpoint.test whose body was changed after signing",
            IsToBeRefused: true,
            "Compute the signature over the raw body, compare it in constant time, and refuse when it differs."
        );

    public static ProbeRule WrongSecret { get; } =
        new(
            "wrong_secret",
            "an endpoint.test signed with a secret that is not yours",
            IsToBeRefused: true,
            "Compare the signature with the one that you compute with your own secret, and refuse when it differs."
        );

    public static ProbeRule OldTimestamp { get; } =
        new(
            "old_timestamp",
            "an endpoint.test that was correctly signed ten minutes ago",
            IsToBeRefused: true,
            "Refuse a timestamp that is more than five minutes from your clock: else a recorded delivery can be played "
                + "back at any time."
        );

    public static ProbeRule Duplicate { get; } =
        new(
            "duplicate",
            "the valid endpoint.test once more, with the same webhook-id",
            IsToBeRefused: false,
            "Answer 2xx to a webhook-id that you know, and do nothing: an error makes us send it again.",
            "Whether it was processed twice cannot be seen from outside: remember each webhook-id together with what "
                + "it changed."
        );

    /// <summary>The case with its outcome.</summary>
    public ProbeCase Judge(AttemptOutcome outcome)
    {
        var passed = IsToBeRefused ? IsRefusal(outcome) : outcome.Succeeded;
        var expected = IsToBeRefused ? "400 or 401 (any 4xx but 408, 410 and 429)" : "any 2xx";
        return new ProbeCase
        {
            Case = Case,
            Sent = Sent,
            Expected = expected,
            Passed = passed,
            Status = outcome.Status,
            Error = outcome.Error,
            DurationMs = outcome.Milliseconds,
            Advice = passed ? Note : AdviceAfter(outcome.Status),
        };
    }

    /// <summary>
    /// 408 and 429 ask for a retry and 410 means that the endpoint is gone: none of them refuses this request.
    /// </summary>
    private static bool IsRefusal(AttemptOutcome outcome) =>
        outcome.Status is >= 400 and < 500 and not (408 or 410 or 429);

    private string AdviceAfter(int? status)
    {
        var seconds = WebhookProbe.TimeLimit.TotalSeconds;
        return status switch
        {
            null => $"Make the endpoint answer within {seconds:0} seconds: this time there was no usable answer.",
            >= 300 and < 400 => "Answer at the URL that is configured: redirects are not followed.",
            _ => Advice,
        };
    }
}
