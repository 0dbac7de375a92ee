using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Outbound;
using Serverless.Functions.Security;
using Serverless.Functions.Time;

namespace Serverless.Functions.Partners;

/// <summary>
/// <c>POST /operator/partners</c>: creates a partner with its first API key, its first key of the identity API and its
/// webhook secret; all are shown this once.
/// </summary>
internal sealed class CreatePartner(
    PartnerStore store,
    PartnerKeys keys,
    IdentityKeys identityKeys,
    KeyRing keyRing,
    OutboundUrlRules urls,
    TimeProvider time
)
{
    private const int MaxBody = 16 * 1024;

    [Function(nameof(CreatePartner))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "operator/partners")] HttpRequest http
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var id = body.Input.Matching("partnerId", PartnerId.Pattern, PartnerId.Rule, required: true);
        if (id is not null && PartnerId.IsReserved(id))
            body.Input.Fail("partnerId", "is reserved, as paths begin with it: choose another");
        var name = body.Input.Text("name", required: true);
        var endpoint = EndpointInput.Read(body.Input, "webhookUrl", "webhookEvents", urls);
        var settings = PartnerSettings.Read(body.Input, PartnerSettings.Default, urls);
        if (body.Error is { } error)
            return Answer.Error(error);
        return await ExecuteAsync(PartnerId.FromStorage(id!), name!, endpoint, settings, ct) switch
        {
            Result.Created created => Answer.Created(
                new
                {
                    partnerId = created.Id.Value,
                    apiKey = created.Key.Reveal(),
                    webhookSecret = created.Secret.Reveal(),
                    identityApiKey = created.IdentityKey.Id.Value,
                    identityApiSecret = created.IdentityKey.Secret.Reveal(),
                }
            ),
            _ => Answer.Error(ApiError.PartnerExists),
        };
    }

    /// <summary>Creates the partner unless the id is taken.</summary>
    public async Task<Result> ExecuteAsync(
        PartnerId id,
        string name,
        WebhookEndpoint endpoint,
        PartnerSettings settings,
        CancellationToken ct
    )
    {
        var secret = WebhookSecret.New();
        var partner = new Partner
        {
            Id = id,
            Name = name,
            Suspended = false,
            CreatedAt = time.Now(),
            WrappedWebhookSecret = await keyRing.WrapAsync(secret.Reveal(), WebhookSecret.Purpose(id), ct),
            Endpoint = endpoint,
            Settings = settings,
        };
        if (!await store.TryAddAsync(partner, ct))
            return new Result.Exists();
        return new Result.Created(id, await keys.IssueAsync(id, ct), await identityKeys.IssueAsync(id, ct), secret);
    }

    /// <summary>Result of the creation.</summary>
    internal abstract record Result
    {
        public sealed record Created(PartnerId Id, ApiKey Key, IdentityKey IdentityKey, WebhookSecret Secret) : Result;

        public sealed record Exists : Result;
    }
}
