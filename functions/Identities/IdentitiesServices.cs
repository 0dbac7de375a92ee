using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;

namespace Serverless.Functions.Identities;

internal static class IdentitiesServices
{
    /// <summary>Accounts over persons, and their merges.</summary>
    public static void AddIdentities(this IServiceCollection services)
    {
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
