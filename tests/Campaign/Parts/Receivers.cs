using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Partners;
using Serverless.Functions.Webhooks.Signing;

namespace Serverless.Campaign;

/// <summary>How a partner's server takes webhooks.</summary>
internal enum Mood
{
    Healthy,
    Slow,
    Fails,
    Hangs,
    Closes,
    Limits,
}

/// <summary>A webhook as it came in.</summary>
/// <param name="Partner">Whose endpoint.</param>
/// <param name="Id">The webhook's id.</param>
/// <param name="Event">Its name; <c>kyc</c> for those of the identity API.</param>
/// <param name="Body">The exact text.</param>
/// <param name="At">By the machine's time.</param>
internal sealed record Arrival(int Partner, string Id, string Event, string Body, DateTime At)
{
    /// <summary>Whether a 2xx was sent as answer.</summary>
    public bool Taken { get; set; }
}

/// <summary>The partners' servers.</summary>
internal sealed class Receivers : IAsyncDisposable
{
    private static readonly TimeSpan LongestHang = TimeSpan.FromSeconds(3);
    private readonly WebApplication _web;
    private readonly Markers _markers;
    private readonly ConcurrentQueue<Arrival> _arrivals = new();

    private Receivers(WebApplication web, Markers markers) => (_web, _markers) = (web, markers);

    public Model Model { get; set; } = null!;

    public IReadOnlyCollection<Arrival> Arrivals => _arrivals;

    public static async Task<Receivers> StartAsync(Markers markers, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var web = builder.Build();
        web.Urls.Add("http://127.0.0.1:0");
        var receivers = new Receivers(web, markers);
        web.MapPost("/hook/{partner:int}/{number:int}", receivers.TakeAsync);
        await web.StartAsync(ct);
        return receivers;
    }

    public string UrlOf(PartnerModel partner, int number) => $"{_web.Urls.First()}/hook/{partner.Number}/{number}";

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private async Task TakeAsync(HttpContext http, int partner)
    {
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        var owner = Model.Partners[partner];
        var kyc = http.Request.Headers["X-Banxa-Event-Id"].ToString();
        var arrival = new Arrival(
            partner,
            kyc.Length > 0 ? kyc : http.Request.Headers["webhook-id"].ToString(),
            kyc.Length > 0 ? "kyc" : http.Request.Headers["X-M2M-Event"].ToString(),
            body,
            DateTime.UtcNow
        );
        _arrivals.Enqueue(arrival);
        CheckSignature(owner, arrival, http.Request, body);
        await AnswerAsync(owner, arrival, http);
    }

    private async Task AnswerAsync(PartnerModel owner, Arrival arrival, HttpContext http)
    {
        var person = PersonOf(owner, arrival);
        var mood = owner.Mood;
        switch (mood)
        {
            case Mood.Fails:
                http.Response.StatusCode = StatusCodes.Status500InternalServerError;
                if (person is not null)
                    await http.Response.WriteAsync(
                        $"cannot take {_markers.New(person, "a receiver's answer", Exposure.UntilErased)}"
                    );
                return;
            case Mood.Limits:
                http.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                http.Response.Headers.RetryAfter = "20";
                return;
            case Mood.Closes:
                http.Abort();
                return;
            case Mood.Hangs:
                for (var end = DateTime.UtcNow + LongestHang; DateTime.UtcNow < end && owner.Mood == Mood.Hangs; )
                    await Task.Delay(50, http.RequestAborted);
                break;
            case Mood.Slow:
                await Task.Delay(RandomNumberGenerator.GetInt32(50, 700), http.RequestAborted);
                break;
        }
        if (arrival.Event == "user.data_request" && owner.AnswersInResponse && person is not null)
            await http.Response.WriteAsJsonAsync(
                new JsonObject { ["userData"] = Values.UserData(_markers, person, Fill.Most, new Random(1)) }
            );
        else
            http.Response.StatusCode = StatusCodes.Status204NoContent;
        arrival.Taken = true;
    }

    private static PersonModel? PersonOf(PartnerModel owner, Arrival arrival)
    {
        var json = JsonNode.Parse(arrival.Body);
        var reference = (string?)(json?["data"]?["referenceId"] ?? json?["identity_reference"]);
        return owner.Persons.FirstOrDefault(person => person.Reference == reference);
    }

    /// <summary>A webhook is signed with a secret, or a key of the identity API, that its partner was shown.</summary>
    private void CheckSignature(PartnerModel owner, Arrival arrival, HttpRequest request, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        if (arrival.Event == "kyc")
        {
            var parts = request
                .Headers.Authorization.ToString()
                .Replace("Bearer ", "", StringComparison.Ordinal)
                .Split(':');
            var key = owner.IdentityKeys.FirstOrDefault(known => known.Id == parts[0]);
            if (key is null)
                return;
            var signed = Signer.Sign(key.Secret, "POST", request.Path, parts[^1], bytes);
            if (signed != parts[1])
                Model.Report("webhooks are signed", $"a signature by {key.Id}", $"another one on {arrival.Id}");
            return;
        }
        var timestamp = long.Parse(request.Headers["webhook-timestamp"].ToString(), CultureInfo.InvariantCulture);
        var signatures = request.Headers["webhook-signature"].ToString().Split(' ');
        var known = owner.Secrets.Any(secret =>
            signatures.Contains(
                WebhookSignature.Standard(WebhookSecret.From(secret).StandardKey, arrival.Id, timestamp, bytes)
            )
        );
        if (!known && Volatile.Read(ref owner.OpenRotations) == 0)
            Model.Report(
                "webhooks are signed",
                $"a signature by one of {owner.Secrets.Count} secrets of {owner.Id}",
                $"none on {arrival.Id} ({arrival.Event})"
            );
    }
}
