using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Events;
using Serverless.Functions.Users;

namespace Serverless.Functions.Reviews;

internal static class ReviewsServices
{
    /// <summary>Registers what waits for an operator.</summary>
    public static void AddReviews(this IServiceCollection services)
    {
        services.AddSingleton<IOperatorsView, OperatorsView>();
        services.AddSingleton<ReviewIndex>();
        services.AddSingleton<ReviewDetails>();
        services.AddSingleton<IEventFollower, ReviewFollower>();
    }
}
