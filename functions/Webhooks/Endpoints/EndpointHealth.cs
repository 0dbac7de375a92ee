using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// Updates the state of a partner's endpoint after attempts. Most attempts do not change it, and then nothing is
/// written.
/// </summary>
internal sealed class EndpointHealth(PartnerStore store, PartnerDirectory directory)
{
    /// <summary>Records the outcome of an attempt, unless it went to a link's own callback URL.</summary>
    /// <param name="partner">As read for the delivery.</param>
    /// <param name="url">Where the attempt went.</param>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="at">When it ended.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task NoteAsync(
        Partner partner,
        string url,
        AttemptOutcome outcome,
        DateTimeOffset at,
        CancellationToken ct
    )
    {
        if (ReferenceEquals(partner.Endpoint.After(url, outcome, at), partner.Endpoint))
            return;
        await store.UpdateAsync(
            partner.Id,
            stored =>
            {
                // Another attempt may have changed it meanwhile, or the partner may have changed the endpoint.
                var endpoint = stored.Endpoint.After(url, outcome, at);
                return ReferenceEquals(endpoint, stored.Endpoint) ? stored : stored with { Endpoint = endpoint };
            },
            ct
        );
        directory.Forget(partner.Id);
    }
}

/// <summary>The effect of an attempt on its endpoint's state.</summary>
internal static class EndpointMoves
{
    /// <summary>The endpoint after an attempt; the same instance where nothing changed.</summary>
    /// <param name="endpoint">The endpoint before.</param>
    /// <param name="url">Where the attempt went.</param>
    /// <param name="outcome">Its outcome.</param>
    /// <param name="at">When it ended.</param>
    public static WebhookEndpoint After(
        this WebhookEndpoint endpoint,
        string url,
        AttemptOutcome outcome,
        DateTimeOffset at
    )
    {
        if (url != endpoint.Url || !endpoint.Enabled)
            return endpoint;
        if (outcome.Gone)
            return endpoint with
            {
                Enabled = false,
                Status = new EndpointStatus
                {
                    State = EndpointState.Disabled,
                    Since = at,
                    Reason = "the endpoint answered 410",
                },
            };
        return (outcome.Succeeded, endpoint.Status.State) switch
        {
            (true, EndpointState.Failing) => endpoint with
            {
                Status = new EndpointStatus { State = EndpointState.Healthy, Since = at },
            },
            (false, EndpointState.Healthy) => endpoint with
            {
                Status = new EndpointStatus
                {
                    State = EndpointState.Failing,
                    Since = at,
                    Reason = outcome.Error ?? $"the endpoint answered {outcome.Status}",
                },
            },
            _ => endpoint,
        };
    }
}
