using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Audit;
using Serverless.Functions.Events;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

internal static class UsersServices
{
    /// <summary>The person and its list.</summary>
    public static void AddUsers(this IServiceCollection services)
    {
        services.AddRow<User>();
        services.AddRow<HeldField>();
        services.AddRow<FieldHistory>();
        services.AddSingleton(IdPictures.Kind);
        services.AddSingleton<IdPictures>();
        services.AddSingleton<PersonStore>();
        services.AddSingleton<PersonPointers>();
        services.AddSingleton<IPersonVault, PersonVault>();
        services.AddSingleton<UserIndex>();
        services.AddSingleton<IEventFollower, UserIndexFollower>();
    }
}
