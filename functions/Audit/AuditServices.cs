using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Http;

namespace Serverless.Functions.Audit;

internal static class AuditServices
{
    /// <summary>Registers the log of what operators do.</summary>
    public static void AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>();
        services.AddSingleton<IAuditTrail, AuditTrail>();
    }
}
