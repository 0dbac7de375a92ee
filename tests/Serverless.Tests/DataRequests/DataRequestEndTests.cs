using Microsoft.DurableTask.Client;
using Xunit;

namespace Serverless.Tests.DataRequests;

/// <summary>A data request's orchestration comes to its end, whichever ends it.</summary>
public sealed class DataRequestEndTests(TestApp app) : IClassFixture<TestApp>
{
    [Theory]
    [InlineData("revoked")]
    [InlineData("expired")]
    [InlineData("answered")]
    public async Task The_flow_of_a_request_completes(string ending)
    {
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync(inbox, ["user.data_request"]);
        var link = await partner.CreateLinkAsync(expiresInMinutes: 30);
        await link.OpenAsync();
        await app.IdleAsync();
        var id = (string)Assert.Single(inbox.Received).Data["dataRequestId"]!;
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await StateAsync(id))?.RuntimeStatus);

        if (ending == "revoked")
            await link.RevokeAsync();
        else if (ending == "answered")
            (
                await partner.PutAsync(
                    $"/partner/data-requests/{id}",
                    new { referenceId = link.Reference, userData = new { dob = "1990-05-14" } }
                )
            ).Is(200);
        else
            await app.AdvanceAsync(TimeSpan.FromMinutes(31));
        await app.IdleAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await StateAsync(id))?.RuntimeStatus);
    }

    private Task<OrchestrationMetadata?> StateAsync(string id) =>
        app.Durable.GetInstanceAsync(id, TestContext.Current.CancellationToken);
}
