using Serverless.Functions.Settings;

namespace Serverless.Functions.DataRequests;

/// <summary>Time limits for a partner's answer to a data request.</summary>
internal sealed class DataRequestOptions
{
    /// <summary>How long the partner still has once the person has reached the step that needs the data.</summary>
    [Setting("DataRequests:GracePeriod")]
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromSeconds(10);
}
