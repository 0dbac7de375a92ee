using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Links;

/// <summary><c>GET /partner/me</c>: the key's partner and the settings for its links.</summary>
internal sealed class GetProfile(PartnerEnvironment environment, LinkFlows flows)
{
    /// <summary>Get your profile</summary>
    /// <remarks>
    /// Whose key this is, in which environment, and what links may have: flows, languages, payment methods. A good
    /// first call to try a key with.
    /// </remarks>
    [Function(nameof(GetProfile))]
    [Answers(200, typeof(PartnerProfile))]
    public IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/me")] HttpRequest http
    )
    {
        var partner = http.Partner();
        return Answer.Ok(
            new PartnerProfile
            {
                PartnerId = partner.Id.Value,
                Name = partner.Name,
                // The gate refuses suspended partners before this.
                Status = "active",
                Environment = environment.Name,
                Branding = new PartnerBranding { Theme = partner.Settings.Theme },
                Settings = new PartnerLinkSettings
                {
                    LinkExpiresInMinutes = Partner.DefaultLinkMinutes,
                    Flows = flows.Names,
                    Languages = LinkFlows.Languages,
                    PaymentMethods = Users.PaymentMethod.Types,
                    DataRequests = partner.Settings.DataRequests,
                    EmailVerification = partner.Settings.EmailVerification,
                    OtpEnabled = partner.Settings.OtpEnabled,
                    KycWebhooks = partner.Settings.KycWebhooks,
                    KycSharing = partner.Settings.KycSharing,
                    StandaloneKyc = partner.Settings.StandaloneKyc,
                    Reliance = partner.Settings.Reliance,
                },
            }
        );
    }
}

/// <summary>The partner whose API key was sent.</summary>
internal sealed record PartnerProfile
{
    /// <summary>Your id. It is a part of every id that you get from us.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>Your name, as people see it on the page of a link.</summary>
    /// <example>Demo Remesas</example>
    public required string Name { get; init; }

    /// <summary>Always <c>active</c>: a suspended partner gets 403 <c>PARTNER_SUSPENDED</c> instead.</summary>
    /// <example>active</example>
    public required string Status { get; init; }

    /// <summary>The environment of the key: <c>sandbox</c> or <c>production</c>.</summary>
    /// <example>sandbox</example>
    public required string Environment { get; init; }

    /// <summary>How the page of your links looks.</summary>
    public required PartnerBranding Branding { get; init; }

    /// <summary>What applies to your links, and what is turned on for you.</summary>
    public required PartnerLinkSettings Settings { get; init; }
}

/// <summary>How the page of a partner's links looks.</summary>
internal sealed record PartnerBranding
{
    /// <summary>The theme of links that name none. Absent where none is set.</summary>
    /// <example>dark</example>
    public string? Theme { get; init; }
}

/// <summary>What applies to a partner's links, and what is turned on for it.</summary>
internal sealed record PartnerLinkSettings
{
    /// <summary>How long a link lives that does not say, in minutes.</summary>
    /// <example>60</example>
    public required int LinkExpiresInMinutes { get; init; }

    /// <summary>What a link may have as <c>flow</c>.</summary>
    public required IReadOnlyList<string> Flows { get; init; }

    /// <summary>What a link may have as <c>language</c>.</summary>
    public required IReadOnlyList<string> Languages { get; init; }

    /// <summary>The types of <c>paymentMethod</c> that are paid out to.</summary>
    public required IReadOnlyList<string> PaymentMethods { get; init; }

    /// <summary>
    /// When you are asked for what is missing of a person: when a link is created, or when it is first opened.
    /// </summary>
    /// <example>on_create</example>
    public required DataRequestTiming DataRequests { get; init; }

    /// <summary>
    /// Who verifies an e-mail address that comes with a PATCH or a share token: you (<c>partner</c>), or a one-time
    /// code (<c>otp</c>).
    /// </summary>
    /// <example>partner</example>
    public required EmailVerification EmailVerification { get; init; }

    /// <summary>Whether one-time codes are turned on.</summary>
    /// <example>true</example>
    public required bool OtpEnabled { get; init; }

    /// <summary>Whether KYC webhooks are turned on. They have a signature of their own.</summary>
    /// <example>true</example>
    public required bool KycWebhooks { get; init; }

    /// <summary>Whether KYC may be shared with a token or with documents.</summary>
    /// <example>true</example>
    public required bool KycSharing { get; init; }

    /// <summary>Whether hosted sessions for the verification alone are turned on.</summary>
    /// <example>true</example>
    public required bool StandaloneKyc { get; init; }

    /// <summary>Whether your own KYC is relied upon, as you are regulated.</summary>
    /// <example>true</example>
    public required bool Reliance { get; init; }
}
