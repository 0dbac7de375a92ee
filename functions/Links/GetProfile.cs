using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Links;

/// <summary><c>GET /partner/me</c>: the key's partner and the settings for its links.</summary>
internal sealed class GetProfile(PartnerEnvironment environment, LinkFlows flows)
{
    [Function(nameof(GetProfile))]
    public IResult Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/me")] HttpRequest http
    )
    {
        var partner = http.Partner();
        return Answer.Ok(
            new
            {
                partnerId = partner.Id.Value,
                name = partner.Name,
                // The gate refuses suspended partners before this.
                status = "active",
                environment = environment.Name,
                branding = new { theme = partner.Settings.Theme },
                settings = new
                {
                    linkExpiresInMinutes = Partner.DefaultLinkMinutes,
                    flows = flows.Names,
                    languages = LinkFlows.Languages,
                    paymentMethods = Users.PaymentMethod.Types,
                    dataRequests = partner.Settings.DataRequests,
                },
            }
        );
    }
}
