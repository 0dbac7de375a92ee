using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Partners;

/// <summary>A partner company as it is stored.</summary>
internal sealed record Partner
{
    /// <summary>Row of the partner in its partition of the table Partners.</summary>
    public const string RowKey = "partner";

    /// <summary>
    /// Minutes until a link expires where neither the request nor the partner says otherwise.
    /// </summary>
    public const int DefaultLinkMinutes = 60;

    public required PartnerId Id { get; init; }
    public required string Name { get; init; }
    public required bool Suspended { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The signing secret, wrapped by the key ring.</summary>
    public required string WrappedWebhookSecret { get; init; }

    /// <summary>The previous signing secrets, newest first, until their promised overlaps end.</summary>
    public IReadOnlyList<PreviousSecret> PreviousSecrets { get; init; } = [];

    /// <summary>Ids of the last rotations, to recognise a repeated one.</summary>
    public IReadOnlyList<string> Rotations { get; init; } = [];

    /// <summary>
    /// Keys the hashes of the partner's indexes, wrapped by the key ring; null until it is first used.
    /// </summary>
    public string? WrappedIndexKey { get; init; }

    public required WebhookEndpoint Endpoint { get; init; }

    public PartnerSettings Settings { get; init; } = PartnerSettings.Default;

    /// <summary>Whether its calls are served.</summary>
    public PartnerStatus Status => Suspended ? PartnerStatus.Suspended : PartnerStatus.Active;

    /// <summary>The URL for KYC webhooks; null if there is none.</summary>
    public string? KycUrl => Settings.KycWebhookUrl ?? (Endpoint.Enabled ? Endpoint.Url : null);

    /// <summary>Version of the row that was read.</summary>
    public ETag ETag { get; init; }

    /// <summary>
    /// The URL for an event, or null if it is not subscribed: a setting enables KYC webhooks, the endpoint's list the
    /// others.
    /// </summary>
    public string? UrlFor(string eventName, string? callbackUrl) =>
        eventName == PartnerEvents.Kyc
            ? (Settings.KycWebhooks ? KycUrl : null)
            : Endpoint.UrlFor(eventName, callbackUrl);

    /// <summary>
    /// Where an event that was queued goes now, whether or not it is still subscribed; null where nothing may be sent.
    /// </summary>
    public string? PresentUrlFor(string eventName, string? callbackUrl)
    {
        if (eventName == PartnerEvents.Kyc)
            return KycUrl;
        return callbackUrl ?? (Endpoint.Enabled ? Endpoint.Url : null);
    }

    /// <summary>The previous secrets that still sign at the given time.</summary>
    public IEnumerable<PreviousSecret> PreviousSecretsAt(DateTimeOffset now) =>
        PreviousSecrets.Where(secret => now < secret.ExpiresAt);

    public static Partner FromRow(TableEntity row) =>
        new()
        {
            Id = PartnerId.FromStorage(row.PartitionKey),
            Name = row.Text("Name"),
            Suspended = row.GetBoolean("Suspended") ?? false,
            CreatedAt = row.Time("CreatedAt"),
            WrappedWebhookSecret = row.Text("WebhookSecret"),
            PreviousSecrets = PreviousSecretsOf(row),
            Rotations = row.GetString("WebhookRotations")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [],
            WrappedIndexKey = row.GetString("IndexKey"),
            Endpoint = new WebhookEndpoint(
                row.GetString("WebhookUrl"),
                row.GetString("PartnerEvents") is { } events
                    ? events.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    : PartnerEvents.OnByDefault,
                row.GetBoolean("WebhookEnabled") ?? true,
                row.GetString("WebhookDescription")
            )
            {
                Status = row.GetString("WebhookState") is { } state
                    ? new EndpointStatus
                    {
                        State = Enum.Parse<EndpointState>(state),
                        Since = row.GetDateTimeOffset("WebhookStateSince"),
                        Reason = row.GetString("WebhookStateReason"),
                    }
                    : EndpointStatus.Healthy,
            },
            Settings = new PartnerSettings
            {
                AllowedOrigins = row.GetString("AllowedOrigins") is { Length: > 0 } origins ? origins.Split(' ') : [],
                Theme = row.GetString("Theme"),
                ReturnUrl = row.GetString("ReturnUrl"),
                TermsUrl = row.GetString("TermsUrl"),
                PrivacyUrl = row.GetString("PrivacyUrl"),
                EmailVerification = row.GetString("EmailVerification") is { } verification
                    ? Enum.Parse<EmailVerification>(verification)
                    : EmailVerification.Partner,
                OtpEnabled = row.GetBoolean("OtpEnabled") ?? false,
                KycWebhooks = row.GetBoolean("KycWebhooks") ?? false,
                KycWebhookUrl = row.GetString("KycWebhookUrl"),
                KycSharing = row.GetBoolean("KycSharing") ?? true,
                StandaloneKyc = row.GetBoolean("StandaloneKyc") ?? false,
                Reliance = row.GetBoolean("Reliance") ?? false,
                Fiats = row.GetString("Fiats")?.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                DataRequests = Enum.Parse<DataRequestTiming>(
                    row.GetString("DataRequests") ?? nameof(DataRequestTiming.OnCreate)
                ),
            },
            ETag = row.ETag,
        };

    /// <summary>Older rows have only one previous secret, in two columns, until they are written again.</summary>
    private static List<PreviousSecret> PreviousSecretsOf(TableEntity row) =>
        row.GetString("WebhookSecretsBefore") is { } several
            ? JsonSerializer.Deserialize<List<PreviousSecret>>(several)!
        : row.GetString("WebhookSecretBefore") is { } one
            ? [new PreviousSecret(one, row.Time("WebhookSecretBeforeExpiresAt"))]
        : [];

    public TableEntity ToRow() =>
        new(Id.Value, RowKey)
        {
            ["Name"] = Name,
            ["Suspended"] = Suspended,
            ["CreatedAt"] = CreatedAt,
            ["WebhookSecret"] = WrappedWebhookSecret,
            ["WebhookSecretsBefore"] = JsonSerializer.Serialize(PreviousSecrets),
            ["WebhookRotations"] = string.Join(' ', Rotations),
            ["IndexKey"] = WrappedIndexKey,
            ["WebhookUrl"] = Endpoint.Url,
            ["PartnerEvents"] = string.Join(' ', Endpoint.Events),
            ["WebhookEnabled"] = Endpoint.Enabled,
            ["WebhookDescription"] = Endpoint.Description,
            ["WebhookState"] = Endpoint.Status.State.ToString(),
            ["WebhookStateSince"] = Endpoint.Status.Since,
            ["WebhookStateReason"] = Endpoint.Status.Reason,
            ["AllowedOrigins"] = string.Join(' ', Settings.AllowedOrigins),
            ["Theme"] = Settings.Theme,
            ["ReturnUrl"] = Settings.ReturnUrl,
            ["TermsUrl"] = Settings.TermsUrl,
            ["PrivacyUrl"] = Settings.PrivacyUrl,
            ["EmailVerification"] = Settings.EmailVerification.ToString(),
            ["OtpEnabled"] = Settings.OtpEnabled,
            ["KycWebhooks"] = Settings.KycWebhooks,
            ["KycWebhookUrl"] = Settings.KycWebhookUrl,
            ["KycSharing"] = Settings.KycSharing,
            ["StandaloneKyc"] = Settings.StandaloneKyc,
            ["Reliance"] = Settings.Reliance,
            ["Fiats"] = Settings.Fiats is { } fiats ? string.Join(' ', fiats) : null,
            ["DataRequests"] = Settings.DataRequests.ToString(),
        };
}
