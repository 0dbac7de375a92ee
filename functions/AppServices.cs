using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Messaging.ServiceBus;
using Azure.Security.KeyVault.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Serverless.Functions.Cip;
using Serverless.Functions.DataRequests;
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
using Serverless.Functions.Observability;
using Serverless.Functions.Operations;
using Serverless.Functions.Outbound;
using Serverless.Functions.Partners;
using Serverless.Functions.RateLimits;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Users;
using Serverless.Functions.Verifications;
using Serverless.Functions.Webhooks;
using Serverless.Functions.Widget;

namespace Serverless.Functions;

/// <summary>What the functions are made of.</summary>
internal static class AppServices
{
    public static void AddApp(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        TelemetryExport.AddTo(services, configuration);
        services.AddSingleton<ReadinessChecks>();

        // Azure's clients: with a connection string (local), else as the app's managed identity.
        services.AddSingleton<TokenCredential>(_ => new DefaultAzureCredential(
            new DefaultAzureCredentialOptions { ManagedIdentityClientId = configuration["AZURE_CLIENT_ID"] }
        ));
        services.AddSingleton(provider =>
            configuration["AzureWebJobsStorage"] is { Length: > 0 } connection
                ? new TableServiceClient(connection)
                : new TableServiceClient(
                    new Uri(Required(configuration, "AzureWebJobsStorage:tableServiceUri")),
                    provider.GetRequiredService<TokenCredential>()
                )
        );
        services.AddSingleton(provider =>
            configuration[AppQueues.Connection] is { Length: > 0 } connection
                ? new ServiceBusClient(connection)
                : new ServiceBusClient(
                    Required(configuration, $"{AppQueues.Connection}:fullyQualifiedNamespace"),
                    provider.GetRequiredService<TokenCredential>()
                )
        );
        services.AddSingleton<ISecretSource>(provider =>
            configuration["KeyVault:Uri"] is { Length: > 0 } vault
                ? new KeyVaultSecrets(new SecretClient(new Uri(vault), provider.GetRequiredService<TokenCredential>()))
                : new ConfigurationSecrets(configuration)
        );

        // Storage and messaging.
        services.AddSingleton<AppTables>();
        services.AddHostedService(provider => provider.GetRequiredService<AppTables>());
        services.AddSingleton<AppQueues>();
        services.AddSingleton<KeyRing>();

        // Partners.
        services.AddSingleton(PartnerEnvironment.Parse(configuration["Partners:Environment"]));
        services.AddSingleton<PartnerStore>();
        services.AddSingleton<PartnerDirectory>();
        services.AddSingleton<IdentityKeyStore>();
        services.AddSingleton<IdentityKeys>();
        services.AddSingleton<PartnerKeys>();
        services.AddSingleton<CreatePartner>();
        services.AddSingleton<RateLimiter>();
        services.AddSingleton<IApiGate, PartnerGate>();
        services.AddSingleton<NonceStore>();
        services.AddSingleton<HmacVerifier>();
        services.AddSingleton<IdentityLimits>();
        services.AddSingleton<ClientAddress>();
        services.AddSingleton<IApiGate, IdentityGate>();
        services.AddHostedService<SeedDemoPartner>();

        // Links.
        services.AddSingleton(
            new PublicAddress(configuration, PartnerEnvironment.Parse(configuration["Partners:Environment"]))
        );
        services.AddSingleton<PersonStore>();
        services.AddSingleton<PersonPointers>();
        services.AddSingleton<LinkIndex>();
        services.AddSingleton<LinkStore>();
        services.AddSingleton<LinkInput>();
        services.AddSingleton<IdempotencyStore>();
        services.AddSingleton<AnswerDataRequest>();
        services.AddSingleton<IEventFollower, LinkLifecycleFollower>();
        services.AddSingleton<IEventFollower, DataRequestFollower>();
        services.AddSingleton<IEventFollower, ScrubErasedPerson>();
        services.AddSingleton<UserIndex>();
        services.AddSingleton<IEventFollower, UserIndexFollower>();

        // Identities.
        services.AddSingleton<Accounts>();
        services.AddSingleton<AccountMerge>();
        services.AddSingleton<MergeLog>();
        services.AddSingleton<EmailIndex>();
        services.AddSingleton<EmailArrival>();
        services.AddSingleton<IdentityStore>();
        services.AddSingleton<IEventFollower, AccountFollower>();
        services.AddSingleton<IEventFollower, ForgetErasedIdentity>();
        services.AddSingleton<GetIdentity>();

        // Eligibility.
        services.AddSingleton(EligibilityRules.Load(configuration));
        services.AddSingleton<Applicants>();
        services.AddSingleton<TransactionRules>();

        // One-time codes by mail.
        services.AddMail(configuration);
        services.AddSingleton<OneTimeCodeStore>();

        // KYC sharing.
        services.AddKycProvider(configuration);
        services.AddSingleton<CreateIdentity>();
        services.AddSingleton<CreateLink>();
        services.AddSingleton<Arrival>();
        services.AddSingleton<ShareTokens>();
        services.AddSingleton<SettleShare>();
        services.AddSingleton<IEventFollower, KycShareFollower>();

        // Verification.
        services.AddCipProvider(configuration, PartnerEnvironment.Parse(configuration["Partners:Environment"]));
        services.AddSingleton<StartCip>();
        services.AddSingleton<ApplyCipResult>();
        services.AddSingleton<IEventFollower, CipFollower>();

        // Widget.
        services.AddSingleton<WidgetSession>();
        services.AddSingleton<WidgetAccess>();
        services.AddSingleton<WidgetState>();

        // Operations.
        services.AddSingleton<TransferTerms>();
        services.AddSingleton<OperationIndex>();
        services.AddSingleton<OperationStore>();
        services.AddSingleton<IEventFollower, OperationFollower>();
        services.AddSingleton<IPayoutRail>(provider =>
            provider.GetRequiredService<PartnerEnvironment>() == PartnerEnvironment.Sandbox
                ? ActivatorUtilities.CreateInstance<SandboxPayoutRail>(provider)
                : new HoldEveryPayout()
        );

        // Webhooks.
        services.AddSingleton<OutboundUrlRules>();
        services.AddSingleton(OutboundNetwork.System);
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<KycSigner>();
        services.AddSingleton<DeliveryOrder>();
        services.AddSingleton<WebhookProbe>();
        services.AddSingleton<DeliveryLog>();
        services.AddSingleton<DeliveryReplay>();
        services.AddSingleton<EndpointHealth>();
        services.AddSingleton<EndpointGate>();
        services.AddSingleton<DueDeliveries>();
        services.AddSingleton<AnswerInResponse>();
    }

    private static string Required(IConfiguration configuration, string name) =>
        configuration[name] is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"Setting '{name}' is missing.");
}
