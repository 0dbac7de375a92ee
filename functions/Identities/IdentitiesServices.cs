using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Identities;

internal static class IdentitiesServices
{
    /// <summary>Registers accounts, which group a person's references, and their merges.</summary>
    public static void AddIdentities(this IServiceCollection services)
    {
        services.AddRow<Account>();
        services.AddRow<MergeRecord>();
        services.AddRow<BegunMerge>();
        services.AddRow<Review>();
        services.AddRow<KycChange>();
        services.AddSingleton<Accounts>();
        services.AddSingleton<AccountMerge>();
        services.AddSingleton<MergeLog>();
        services.AddSingleton<EmailIndex>();
        services.AddSingleton<EmailArrival>();
        services.AddSingleton<IdentityStore>();
        services.AddSingleton<CreateIdentity>();
        services.AddSingleton<GetIdentity>();
        services.AddSingleton<IEventFollower, AccountFollower>();
    }
}
