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

/// <summary>A probe's report.</summary>
internal sealed record ProbeReport(string Url, ProbeVerdict Verdict, int Passed, IReadOnlyList<ProbeCase> Cases)
{
    public static ProbeReport Of(string url, ProbeCase[] cases)
    {
        var passed = cases.Count(one => one.Passed);
        return new ProbeReport(url, VerdictOf(cases), passed, cases);
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
/// <param name="Case">Its name.</param>
/// <param name="Sent">Description of the request.</param>
/// <param name="Expected">The answer of a correct receiver.</param>
/// <param name="Passed">True if the answer was as expected.</param>
/// <param name="Status">HTTP status; null when no answer came.</param>
/// <param name="Error">Why no answer came.</param>
/// <param name="DurationMs">How long it took.</param>
internal sealed record ProbeCase(
    string Case,
    string Sent,
    string Expected,
    bool Passed,
    int? Status,
    string? Error,
    long DurationMs
)
{
    /// <summary>What to do, or what this case cannot show; null if there is nothing to say.</summary>
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
        return new ProbeCase(Case, Sent, expected, passed, outcome.Status, outcome.Error, outcome.Milliseconds)
        {
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
