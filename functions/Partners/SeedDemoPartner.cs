using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary>
/// Where <c>Demo:Seed</c> is true (the sample settings), creates the partner <c>demo</c> at the first start and prints
/// its keys, its secrets and the shortest way to a transfer.
/// </summary>
internal sealed class SeedDemoPartner(
    CreatePartner createPartner,
    IOptions<DemoOptions> demo,
    IOptions<PartnersOptions> partners,
    TextWriter output
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

    /// <summary>
    /// A person of whom all is known, whom the sandbox verifies (<c>idNumber</c> ends in 9): nothing has to be typed.
    /// </summary>
    private static readonly string Person = """
        {"referenceId":"cust-9001","userData":{
        "name":{"firstName":"Ana","secondName":"","lastName":"Torres","secondLastName":"Soto"},
        "idType":"CURP","idNumber":"TOSA900514MDFRRN09","dob":"1990-05-14","idImage":"data:image/png;base64,
        iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
        "paymentMethod":{"type":"bank_account","bankAccount":{"country":"MX","accountNumber":"032180000118359719"}}}}
        """.ReplaceLineEndings("");

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
        await output.WriteLineAsync(
            result is CreatePartner.Result.Created created ? First(address, endpoint, created) : Later(address)
        );
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Keys and secrets, and the shortest way to a transfer with them.</summary>
    private static string First(string address, WebhookEndpoint endpoint, CreatePartner.Result.Created created)
    {
        var (key, secret) = (created.Key.Reveal(), created.Secret.Reveal());
        var identitySecret = created.IdentityKey.Secret.Reveal();
        var goTo = endpoint.Url ?? "nowhere: set Demo__WebhookUrl, or PUT /partner/webhooks/endpoint";
        var receiver = Uri.TryCreate(endpoint.Url, UriKind.Absolute, out var url)
            ? $"node tests/samples/receiver.mjs {secret} {identitySecret} {url.Port}"
            : "(they go nowhere yet)";
        var headers = $"-H \"X-API-Key: {key}\" -H \"Content-Type: application/json\"";
        // Quoted so that sh and cmd take it.
        var person = Person.Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"""

            Partner demo is ready. Its keys and secrets are shown this once:
              API key          {key}
              webhook secret   {secret}
              identity key     {created.IdentityKey.Id.Value}
              identity secret  {identitySecret}
              webhooks go to   {goTo}

            Send a transfer, from two more terminals in this folder:
              1. See the webhooks as they arrive:

            {receiver}

              2. Create a link for a person whose data you have:

            curl -s -w "\n" {address}/partner/links {headers} -d "{person}"

              3. Be that person: open the url of the answer in a browser, and press Continue, Continue, Verify me,
                 Continue (100 dollars are filled in), Confirm and pay. In half a minute they are paid out.

            A person has one active link. The same curl again answers 409 and shows that link; once the transfer is
            confirmed it makes the next link, which begins with the amount, since the person is verified by then.
            What else there is: {address}/docs

            """;
    }

    private static string Later(string address) =>
        $"""

            Partner demo exists from an earlier start. Another key for it, or for the identity API:
              curl -s -w "\n" -X POST {address}/operator/partners/demo/keys
              curl -s -w "\n" -X POST {address}/operator/partners/demo/identity-keys
            Another webhook secret:
              curl -s -w "\n" -X POST {address}/partner/webhooks/endpoint/rotate-secret -H "X-API-Key: m2m_test_…"
            How to send a transfer, and what else there is: {address}/docs

            """;
}
