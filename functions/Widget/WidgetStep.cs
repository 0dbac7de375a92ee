using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>What the widget shows.</summary>
internal enum WidgetStep
{
    /// <summary>The known data of the person, and the fields that are missing.</summary>
    Data,

    /// <summary>A picture of the document.</summary>
    Document,

    /// <summary>Verification: to be started, running, or failed.</summary>
    Verify,

    /// <summary>The amount, the payment method and the confirmation: the page itself moves between these.</summary>
    Amount,

    /// <summary>The transfer and its current status.</summary>
    Receipt,

    /// <summary>The end of a link that is for the verification alone.</summary>
    Done,
}

/// <summary>The facts that determine the step.</summary>
internal sealed record WidgetFacts(UserStatus Status, bool DataIsMissing, bool HasPicture, bool HasOperation)
{
    /// <summary>The link is for the verification alone.</summary>
    public bool KycOnly { get; init; }

    /// <summary>The current step; nothing else decides it. A verified person goes straight to the amount.</summary>
    public WidgetStep Step =>
        this switch
        {
            { HasOperation: true } => WidgetStep.Receipt,
            { Status: UserStatus.CipVerified, KycOnly: true } => WidgetStep.Done,
            { Status: UserStatus.CipVerified } => WidgetStep.Amount,
            { Status: UserStatus.CipPending or UserStatus.CipFailed } => WidgetStep.Verify,
            { DataIsMissing: true } => WidgetStep.Data,
            { HasPicture: false } => WidgetStep.Document,
            _ => WidgetStep.Verify,
        };
}
