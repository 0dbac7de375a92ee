using Serverless.Functions.DataRequests;
using Serverless.Functions.Links;
using Serverless.Functions.Operations;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>What the page of a link shows.</summary>
internal sealed record WidgetView
{
    /// <summary>The link.</summary>
    /// <example>link_demo_01m8ksp0r05q8w2t7zk3m9x4vb</example>
    public required string LinkId { get; init; }

    /// <summary>Where the link stands.</summary>
    /// <example>opened</example>
    public required LinkStatus Status { get; init; }

    /// <summary>What the person is to do now.</summary>
    /// <example>data</example>
    public required WidgetStep Step { get; init; }

    /// <summary>True where the link is for the verification alone, without a transfer.</summary>
    /// <example>false</example>
    public required bool KycOnly { get; init; }

    /// <summary>
    /// Where the person goes at the end. Only where the link is for the verification alone and has one.
    /// </summary>
    /// <example>https://partner.example.com/done</example>
    public string? ReturnUrl { get; init; }

    /// <summary>The time of this answer, to show what is left by.</summary>
    /// <example>2026-11-29T14:02:11.000Z</example>
    public required DateTimeOffset ServerTime { get; init; }

    /// <summary>When the link expires.</summary>
    /// <example>2026-11-29T15:00:00.000Z</example>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>
    /// The link's language, <c>en</c> or <c>es</c>. Absent where it has none: then the browser decides.
    /// </summary>
    /// <example>es</example>
    public string? Language { get; init; }

    /// <summary>The link's theme, else the partner's. Absent where neither is set.</summary>
    /// <example>dark</example>
    public string? Theme { get; init; }

    /// <summary>Who created the link.</summary>
    public required WidgetPartner Partner { get; init; }

    /// <summary>What is held of the person, in the order in which it is asked for.</summary>
    public required IReadOnlyList<WidgetField> Fields { get; init; }

    /// <summary>Paths of what is still needed to verify the person.</summary>
    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>Paths of fields that contradict each other, of which the person can change at least one.</summary>
    public required IReadOnlyList<string> Doubts { get; init; }

    /// <summary>The picture of the document.</summary>
    public required WidgetPicture IdImage { get; init; }

    /// <summary>What the partner is asked for. Absent where it is asked for nothing.</summary>
    public WidgetRequest? DataRequest { get; init; }

    /// <summary>The verification of the identity.</summary>
    public required WidgetCip Cip { get; init; }

    /// <summary>How the person is paid. Absent where it is not known.</summary>
    public WidgetMethod? PaymentMethod { get; init; }

    /// <summary>The transfer that completed the link. Absent until then.</summary>
    public WidgetOperation? Operation { get; init; }
}

/// <summary>Who created a link.</summary>
internal sealed record WidgetPartner
{
    /// <summary>The partner's name.</summary>
    /// <example>Demo Remesas</example>
    public required string Name { get; init; }

    /// <summary>Where the person goes back to the partner. Absent where the partner has not said so.</summary>
    /// <example>https://partner.example.com/transfers</example>
    public string? ReturnUrl { get; init; }

    /// <summary>The partner's terms. Absent where the partner has not said where they are.</summary>
    /// <example>https://partner.example.com/terms</example>
    public string? TermsUrl { get; init; }
}

/// <summary>A field that is held of the person.</summary>
internal sealed record WidgetField
{
    /// <summary>The field, as in <c>userData</c>.</summary>
    /// <example>idNumber</example>
    public required string Path { get; init; }

    /// <summary>The value. Of a number only the end is shown, of everything else the whole.</summary>
    /// <example>••••MN07</example>
    public required string Value { get; init; }

    /// <summary>Where it came from.</summary>
    /// <example>partner_api</example>
    public required FieldSource Source { get; init; }

    /// <summary>
    /// True where the person cannot change it here: the partner gave it, or it is what was or is being verified.
    /// </summary>
    /// <example>true</example>
    public required bool Locked { get; init; }

    /// <summary>True for a number that was typed by this link: it is shown whole when the person asks for it.</summary>
    /// <example>false</example>
    public required bool MayBeShown { get; init; }
}

/// <summary>The picture of the document.</summary>
internal sealed record WidgetPicture
{
    /// <summary>True where there is one.</summary>
    /// <example>false</example>
    public required bool Held { get; init; }

    /// <summary>
    /// True where the person cannot change it here: the partner gave it, or it is what was or is being verified.
    /// </summary>
    /// <example>false</example>
    public required bool Locked { get; init; }
}

/// <summary>What the partner is asked for.</summary>
internal sealed record WidgetRequest
{
    /// <summary>Where the request stands.</summary>
    /// <example>pending</example>
    public required DataRequestStatus Status { get; init; }

    /// <summary>True while the page waits for the partner, before it asks the person.</summary>
    /// <example>true</example>
    public required bool Waiting { get; init; }

    /// <summary>True where the page will wait for the partner once the person goes on.</summary>
    /// <example>false</example>
    public required bool IsToCome { get; init; }

    /// <summary>
    /// Until when it waits. Absent where it does not, and before the person has reached the verification.
    /// </summary>
    /// <example>2026-11-29T14:03:10.000Z</example>
    public DateTimeOffset? WaitingUntil { get; init; }
}

/// <summary>The verification of the identity.</summary>
internal sealed record WidgetCip
{
    /// <summary>Where it stands.</summary>
    /// <example>pending</example>
    public required CipStatus Status { get; init; }

    /// <summary>The newest verification. Absent where there was none.</summary>
    /// <example>cip_demo_01m8ksvgh02h9p5s8ak1y7c4xn</example>
    public string? TicketId { get; init; }

    /// <summary>True where it failed and can be started again.</summary>
    /// <example>false</example>
    public required bool MayRetry { get; init; }
}

/// <summary>How the person is paid.</summary>
internal sealed record WidgetMethod
{
    /// <summary><c>bank_account</c> or <c>cash</c>.</summary>
    /// <example>bank_account</example>
    public required string Type { get; init; }

    /// <summary>The end of the account number or of the reference.</summary>
    /// <example>••••9719</example>
    public required string Masked { get; init; }

    /// <summary>The country of the bank account. Absent for cash.</summary>
    /// <example>MX</example>
    public string? Country { get; init; }

    /// <summary>Who pays out the cash. Absent for a bank account.</summary>
    /// <example>OXXO</example>
    public string? Provider { get; init; }

    /// <summary>
    /// True where the person cannot change it here: the partner gave it, or it is what was or is being verified.
    /// </summary>
    /// <example>true</example>
    public required bool Locked { get; init; }

    /// <summary>True for a number that was typed by this link: it is shown whole when the person asks for it.</summary>
    /// <example>false</example>
    public required bool MayBeShown { get; init; }
}

/// <summary>The transfer that completed a link.</summary>
internal sealed record WidgetOperation
{
    /// <summary>The transfer.</summary>
    /// <example>op_demo_01m8kt1xkg8v4k1z6xj9w3m7ce</example>
    public required string OperationId { get; init; }

    /// <summary>Where it stands.</summary>
    /// <example>processing</example>
    public required OperationStatus Status { get; init; }

    /// <summary>What is sent, what arrives, and what it costs.</summary>
    public required TransferAmount Amount { get; init; }

    /// <summary>When it was confirmed.</summary>
    /// <example>2026-11-29T14:06:30.000Z</example>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>How it is paid out. Absent after an erasure.</summary>
    public WidgetMethod? Payout { get; init; }

    /// <summary>When it was paid out, failed or was cancelled. Absent until then.</summary>
    /// <example>2026-11-29T14:07:10.000Z</example>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>True while it can be cancelled.</summary>
    /// <example>false</example>
    public required bool Cancellable { get; init; }
}
