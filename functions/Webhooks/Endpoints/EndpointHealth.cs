using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Sending;

namespace Serverless.Functions.Webhooks.Endpoints;

/// <summary>
/// Keeps the state of a partner's endpoint by what its attempts come to. Most attempts change nothing and write
/// nothing.
/// </summary>
internal sealed class EndpointHealth(PartnerStore store, PartnerDirectory directory)
{
    /// <summary>Notes an attempt; a link's own callback URL says nothing about the endpoint.</summary>
    /// <param name="partner">As the delivery knew it.</param>
    /// <param name="url">Where the attempt went.</param>
    /// <param name="outcome">How it went.</param>
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
                // Another attempt may have noted it meanwhile, or the partner may have changed the endpoint.
                var endpoint = stored.Endpoint.After(url, outcome, at);
                return ReferenceEquals(endpoint, stored.Endpoint) ? stored : stored with { Endpoint = endpoint };
            },
            ct
        );
        directory.Forget(partner.Id);
    }
}

/// <summary>What an attempt says of the endpoint that it went to.</summary>
internal static class EndpointMoves
{
    /// <summary>The endpoint after an attempt; the same instance where nothing changed.</summary>
    /// <param name="endpoint">As it was.</param>
    /// <param name="url">Where the attempt went.</param>
    /// <param name="outcome">How it went.</param>
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
                Status = new EndpointStatus(EndpointState.Disabled, at, "the endpoint answered 410"),
            };
        return (outcome.Succeeded, endpoint.Status.State) switch
        {
            (true, EndpointState.Failing) => endpoint with
            {
                Status = new EndpointStatus(EndpointState.Healthy, at, null),
            },
            (false, EndpointState.Healthy) => endpoint with
            {
                Status = new EndpointStatus(
                    EndpointState.Failing,
                    at,
                    outcome.Error ?? $"the endpoint answered {outcome.Status}"
                ),
            },
            _ => endpoint,
        };
    }
}
