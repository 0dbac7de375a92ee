using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;

namespace Serverless.Functions.Users;

internal static class UsersServices
{
    /// <summary>The person and its list.</summary>
    public static void AddUsers(this IServiceCollection services)
    {
        services.AddSingleton<PersonStore>();
        services.AddSingleton<PersonPointers>();
        services.AddSingleton<UserIndex>();
        services.AddSingleton<IEventFollower, UserIndexFollower>();
    }
}
