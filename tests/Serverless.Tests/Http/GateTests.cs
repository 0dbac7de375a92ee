using System.Text;
using Serverless.Functions.Http;
using Xunit;

namespace Serverless.Tests.Http;

/// <summary>
/// Who may call a function is asked of the function that the host chose, in whatever spelling its path came.
/// </summary>
public sealed class GateTests(TestApp app) : IClassFixture<TestApp>
{
    /// <summary>
    /// Spellings of a path, with the status for somebody without a key: 404 where none leads to a function.
    /// </summary>
    public static TheoryData<string, Func<string, string>> Spellings =>
        new()
        {
            { "as it is", path => path },
            { "a slash at its end", path => path + "/" },
            { "upper case", path => path.ToUpperInvariant() },
            { "upper case and a slash", path => path.ToUpperInvariant() + "/" },
            { "the first letter escaped", path => $"/%{(int)path[1]:X2}{path[2..]}" },
            { "the last letter escaped", path => $"{path[..^1]}%{(int)path[^1]:x2}" },
            { "two slashes at its end", path => path + "//" },
            { "two slashes first", path => "/" + path },
            { "a dot segment", path => "/." + path },
        };

    [Theory]
    [MemberData(nameof(Spellings))]
    public async Task No_spelling_of_a_path_passes_its_gate_by(string what, Func<string, string> spell)
    {
        var guarded = HostedFunction
            .All.Where(function => function.Route.Split('/')[0] is "partner" or "eapi" or "{partnerRef}")
            .ToList();
        Assert.True(guarded.Count > 30);
        foreach (var function in guarded)
        {
            var path =
                "/" + string.Join('/', function.Route.Split('/').Select(part => part.StartsWith('{') ? "x1" : part));
            foreach (var method in function.Methods)
            {
                using var raw = await RawHttp.ConnectAsync(app.Address);
                var request = $"{method} {spell(path)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
                var reply = await raw.SendAsync(Encoding.ASCII.GetBytes(request));
                var leadsNowhere = what is "two slashes at its end" or "two slashes first";
                Assert.True(
                    reply.Status == 401 || (leadsNowhere && reply.Status == 404),
                    $"{method} {spell(path)} ({what}): {reply.Status} {reply.Body}"
                );
            }
        }
    }

    /// <summary>
    /// One slash at the end, and letters of either case, lead to the same function, which knows its partner.
    /// </summary>
    [Fact]
    public async Task Every_spelling_that_leads_to_a_function_is_served_by_it()
    {
        var partner = await app.NewPartnerAsync(settings: new { standaloneKyc = true });
        var body = new { externalCustomerId = "spelt-1" };
        var first = (await partner.PostAsync($"/{partner.Id}/v2/kyc/sessions", body)).Is(200).Text;
        foreach (var end in new[] { "/v2/kyc/sessions/", "/V2/KYC/Sessions", "/v2/%6byc/sessions" })
            Assert.Equal(first, (await partner.PostAsync($"/{partner.Id}{end}", body)).Is(200).Text);
        (await partner.GetAsync($"/{partner.Id}/V2/kyc/sessions/")).Is(405);
        (await partner.GetAsync("/Partner/ME/")).Is(200);
        (await partner.Identity.GetAsync("/EAPI/v0/Identities/nobody/")).Is(404);
        (await app.PostAsync("/eapi/v2/kyc/sessions", body)).Is(401);
    }

    /// <summary>Refused at start, and so in every run of these tests, where a function is of no API.</summary>
    [Fact]
    public void Every_function_belongs_to_an_API() => Assert.Contains("POST", FunctionApis.MethodsAt("/partner/links"));
}
