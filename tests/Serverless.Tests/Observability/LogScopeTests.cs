using Xunit;

namespace Serverless.Tests.Observability;

/// <summary>Each line says whose it is.</summary>
public sealed class LogScopeTests
{
    [Fact]
    public async Task A_request_logs_with_its_id_and_partner_and_a_message_with_its_partner_and_event()
    {
        await using var app = await TestApp.StartAsync();
        var inbox = await app.NewInboxAsync();
        inbox.AnswerWith(500);
        var partner = await app.NewPartnerAsync(inbox, ["link.created"]);
        await partner.CreateLinkAsync();
        await inbox.WaitForAsync(1);
        await app.IdleAsync();
        var id = inbox.Received[0].Headers["webhook-id"]["evt_".Length..];
        Assert.Contains(
            app.Log.Lines,
            line =>
                line.Contains("attempt 1 failed with 500", StringComparison.Ordinal)
                && line.Contains($"Partner:{partner.Id} Event:{id}", StringComparison.Ordinal)
        );

        app.ExpectErrors();
        await app.Table("Users").DeleteAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(app.Address, "/partner/links"))
        {
            Content = new StringContent("""{"referenceId":"cust-1"}""", null, "application/json"),
        };
        request.Headers.Add("X-API-Key", partner.Key);
        request.Headers.Add("X-Request-Id", "asked-for");
        using var reply = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(500, (int)reply.StatusCode);
        Assert.Contains(
            app.Log.Errors,
            line => line.Contains($"RequestId:asked-for Partner:{partner.Id}", StringComparison.Ordinal)
        );
    }
}
