using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;

namespace Serverless.Functions.Erasure;

internal static class ErasureServices
{
    /// <summary>Registers the follow-up of an erasure.</summary>
    public static void AddErasure(this IServiceCollection services)
    {
        services.AddSingleton<IEventFollower, ScrubErasedPerson>();
        services.AddSingleton<IEventFollower, ForgetErasedIdentity>();
    }
}
