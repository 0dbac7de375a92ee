using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// Where <c>Demo:Seed</c> is true (the sample settings), creates the partner <c>demo</c> at the first start and prints
/// its keys, its secrets and a <c>curl</c> to paste.
/// </summary>
internal sealed class SeedDemoPartner(
    CreatePartner createPartner,
    IOptions<DemoOptions> demo,
    IOptions<PartnersOptions> partners
) : IHostedService
{
    /// <summary>All optional features enabled, to try them.</summary>
    private static readonly PartnerSettings Settings = PartnerSettings.Default with
    {
        OtpEnabled = true,
        KycWebhooks = true,
        StandaloneKyc = true,
        Reliance = true,
    };

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!demo.Value.Seed)
            return;
        var address = partners.Value.PublicBaseUrl ?? $"http://localhost:{demo.Value.Port}";
        var endpoint = new WebhookEndpoint(demo.Value.WebhookUrl, PartnerEvents.All, Enabled: true, Description: null);
        var result = await createPartner.ExecuteAsync(
            PartnerId.FromStorage("demo"),
            "Demo",
            endpoint,
            Settings,
            cancellationToken
        );
        Console.WriteLine(
            result is CreatePartner.Result.Created created
                ? $"""

                Partner demo is ready. Its keys and secrets are shown this once:
                  API key          {created.Key.Reveal()}
                  webhook secret   {created.Secret.Reveal()}
                  identity key     {created.IdentityKey.Id.Value}
                  identity secret  {created.IdentityKey.Secret.Reveal()}
                  webhooks go to   {endpoint.Url ?? "nowhere: set Demo__WebhookUrl, or PUT /partner/webhooks/endpoint"}

                Create a link:
                  curl -s -X POST {address}/partner/links -H "X-API-Key: {created.Key.Reveal()}" -H "Content-Type: application/json" -d "{"{"}\"referenceId\":\"cust-9001\"{"}"}"

                """
                : $"""

                Partner demo exists from an earlier start. Another key for it, or for the identity API:
                  curl -s -X POST {address}/operator/partners/demo/keys
                  curl -s -X POST {address}/operator/partners/demo/identity-keys
                Another webhook secret:
                  curl -s -X POST {address}/partner/webhooks/endpoint/rotate-secret -H "X-API-Key: m2m_test_…"

                """
        );
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
