using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Functions.Audit;
using Serverless.Functions.Cip;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Docs;
using Serverless.Functions.Eligibility;
using Serverless.Functions.Erasure;
using Serverless.Functions.Events;
using Serverless.Functions.Health;
using Serverless.Functions.HmacAuth;
using Serverless.Functions.Http;
using Serverless.Functions.Idempotency;
using Serverless.Functions.Identities;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Links;
using Serverless.Functions.Mail;
using Serverless.Functions.Maintenance;
using Serverless.Functions.Observability;
using Serverless.Functions.OpenApi;
using Serverless.Functions.Operations;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;
using Serverless.Functions.Reviews;
using Serverless.Functions.Security;
using Serverless.Functions.Statistics;
using Serverless.Functions.Storage;
using Serverless.Functions.Usage;
using Serverless.Functions.Users;
using Serverless.Functions.Verifications;
using Serverless.Functions.Webhooks;
using Serverless.Functions.Widget;

namespace Serverless.Functions;

/// <summary>What the functions are made of: each folder registers its own, from the ground up.</summary>
internal static class AppServices
{
    public static void AddApp(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddObservability(configuration);
        services.AddSecurity(configuration);
        services.AddHttp(configuration);
        services.AddStorage(configuration);
        services.AddOutbound(configuration);
        services.AddEvents(configuration);
        services.AddIdempotency();
        services.AddRateLimits();
        services.AddMail(configuration);
        services.AddAudit();
        services.AddPartners(configuration);
        services.AddHmacAuth(configuration);
        services.AddUsage();
        services.AddUsers();
        services.AddIdentities();
        services.AddLinks(configuration);
        services.AddCip(configuration);
        services.AddDataRequests(configuration);
        services.AddOperations(configuration);
        services.AddEligibility(configuration);
        services.AddKycSharing(configuration);
        services.AddReviews();
        services.AddVerifications();
        services.AddWebhooks();
        // After the followers that somebody waits for: followers run in this order.
        services.AddStatistics();
        services.AddWidget();
        services.AddErasure();
        services.AddMaintenance();
        services.AddHealth();
        services.AddDocs();
        services.AddOpenApi();
    }
}
