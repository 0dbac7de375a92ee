using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Serverless.Benchmarks;

/// <summary>A person's way from the link to the transfer, as partner and widget send it.</summary>
internal sealed class Journey(BenchApp app, int number, ConcurrentQueue<double> milliseconds)
{
    private const decimal Send = 100m;
    private readonly string _reference = $"person-{number}";
    private string _linkId = "";
    private string? _session;
    private string? _operationId;

    /// <summary>
    /// Somebody new, of whom the partner knows half and the widget asks the rest; ends when the verification has begun.
    /// </summary>
    public async Task BeginAsync()
    {
        await OpenAsync(
            new
            {
                name = new { firstName = "Carlos", lastName = "Gómez" },
                paymentMethod = new { type = "cash", cash = new { provider = "Oxxo", reference = "R-1234567" } },
            }
        );
        var request = "dr_" + _linkId["link_".Length..];
        await SendAsync(
            HttpMethod.Put,
            $"/partner/data-requests/{request}",
            HttpStatusCode.OK,
            new
            {
                referenceId = _reference,
                userData = new
                {
                    name = new { secondName = "", secondLastName = "Ruiz" },
                    idNumber = "GOMC900514HDFRRL09",
                    idType = "CURP",
                },
            }
        );
        await WidgetAsync(HttpMethod.Post, "step", HttpStatusCode.OK, new { step = "cip" });
        await WidgetAsync(HttpMethod.Put, "data", HttpStatusCode.OK, new { userData = new { dob = "1990-05-14" } });
        await WidgetAsync(HttpMethod.Post, "cip", HttpStatusCode.Created, new { });
    }

    /// <summary>Somebody who was verified before.</summary>
    public Task ReturnAsync() => OpenAsync(userData: null);

    public async Task PayAsync()
    {
        var quote = await WidgetAsync(HttpMethod.Post, "quote", HttpStatusCode.Created, new { send = Send });
        var operation = await WidgetAsync(
            HttpMethod.Post,
            "confirm",
            HttpStatusCode.Created,
            new { quoteId = quote.GetProperty("quoteId").GetString() }
        );
        _operationId = operation.GetProperty("operationId").GetString();
    }

    /// <summary>Not a part of the journey: its end is checked.</summary>
    public async Task RequireCompletedAsync()
    {
        var operation = await app.SendAsync(
            HttpMethod.Get,
            $"/partner/operations/{_operationId}",
            app.KeyOf(number),
            HttpStatusCode.OK
        );
        if (operation.GetProperty("status").GetString() is not "completed" and var status)
            throw new InvalidOperationException($"The transfer of {_reference} is {status}.");
    }

    private async Task OpenAsync(object? userData)
    {
        var link = await SendAsync(
            HttpMethod.Post,
            "/partner/links",
            HttpStatusCode.Created,
            userData is null
                ? new { referenceId = _reference, expiresInMinutes = 60 }
                : new
                {
                    referenceId = _reference,
                    expiresInMinutes = 60,
                    userData,
                }
        );
        _linkId = link.GetProperty("linkId").GetString()!;
        _session = (await WidgetAsync(HttpMethod.Post, "open", HttpStatusCode.OK, null))
            .GetProperty("session")
            .GetString();
    }

    private Task<JsonElement> WidgetAsync(HttpMethod method, string route, HttpStatusCode expected, object? body) =>
        TimedAsync(() =>
            app.SendAsync(
                method,
                $"/widget/links/{_linkId}/{route}",
                null,
                expected,
                body,
                route == "open" ? null : _session
            )
        );

    private Task<JsonElement> SendAsync(HttpMethod method, string path, HttpStatusCode expected, object body) =>
        TimedAsync(() => app.SendAsync(method, path, app.KeyOf(number), expected, body));

    private async Task<JsonElement> TimedAsync(Func<Task<JsonElement>> request)
    {
        var started = Stopwatch.GetTimestamp();
        var answer = await request();
        milliseconds.Enqueue(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return answer;
    }
}
