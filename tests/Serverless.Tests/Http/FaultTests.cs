using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions.Mail;
using Serverless.Functions.Observability;
using Serverless.Tests.Identities;
using Serverless.Tests.Verifications;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>
/// The worker calls functions of internal classes by reflection: what they throw arrives inside another exception.
/// </summary>
public sealed class FaultTests
{
    private static readonly BadHttpRequestException TooLarge = new("too large", StatusCodes.Status413PayloadTooLarge);

    public static TheoryData<Exception> Wrappings =>
        [
            new AggregateException(TooLarge),
            new TargetInvocationException(TooLarge),
            new AggregateException(new TargetInvocationException(new AggregateException(TooLarge))),
            TooLarge,
        ];

    [Theory]
    [MemberData(nameof(Wrappings))]
    public async Task A_body_that_cannot_be_read_is_recognised_inside_other_exceptions(Exception thrown)
    {
        Assert.Same(TooLarge, Faults.CauseOf(thrown));
        var mail = new FailingMail(_ => throw thrown);
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<IMailSender>(mail));
        var partner = await app.NewOtpPartnerAsync();
        (await partner.Identity.CreateAsync("fault-1")).Is(201);
        (await partner.SendCodeAsync("fault-1", "fault@example.org")).Is(413);
        Assert.Empty(app.Log.Errors);
    }

    [Fact]
    public async Task A_caller_that_left_is_no_error()
    {
        var begun = new TaskCompletionSource();
        var ended = new TaskCompletionSource();
        var mail = new FailingMail(async ct =>
        {
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, ct);
            }
            catch (OperationCanceledException left)
            {
                ended.SetResult();
                throw new AggregateException(left);
            }
        });
        await using var app = await TestApp.StartAsync(services => services.AddSingleton<IMailSender>(mail));
        var partner = await app.NewOtpPartnerAsync();
        (await partner.Identity.CreateAsync("left-1")).Is(201);
        const string Target = "/eapi/v1/verifications/otp";
        var body = TestApp.BytesOf(new { identityReference = "left-1", email = "left@example.org" });
        string[] head =
        [
            $"POST {Target} HTTP/1.1",
            "Host: a",
            "Content-Type: application/json",
            $"Content-Length: {body.Length}",
            $"Authorization: {partner.Identity.Authorize("POST", Target, body)}",
            "",
            "",
        ];
        using (var raw = await RawHttp.ConnectAsync(app.Address))
        {
            var sending = raw.SendAsync([.. Encoding.ASCII.GetBytes(string.Join("\r\n", head)), .. body]);
            _ = sending.ContinueWith(sent => sent.Exception, TaskScheduler.Default);
            await begun.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
        await ended.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await app.IdleAsync();
        Assert.Empty(app.Log.Errors);
    }

    [Fact]
    public void Several_faults_at_once_stay_what_they_are()
    {
        var both = new AggregateException(TooLarge, new InvalidOperationException());
        Assert.Same(both, Faults.CauseOf(both));
    }

    private sealed class FailingMail(Func<CancellationToken, Task> fail) : IMailSender
    {
        public async Task<MailOutcome> SendAsync(MailMessage message, CancellationToken ct)
        {
            await fail(ct);
            return MailOutcome.Accepted;
        }
    }
}
