using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Serverless.Tests.Crashes;

/// <summary>What a person is there for.</summary>
internal enum Story
{
    /// <summary>The partner answers by PUT.</summary>
    Answered,

    /// <summary>The person reaches the step, the grace period passes, the partner answers late.</summary>
    FellBack,

    /// <summary>Nobody does anything until the link's time is up.</summary>
    Expired,

    /// <summary>The partner revokes the link.</summary>
    Revoked,

    /// <summary>The partner answers inside the webhook's response.</summary>
    AnsweredInResponse,

    /// <summary>A verification that takes two minutes.</summary>
    Verified,

    /// <summary>A transfer that takes ten minutes.</summary>
    Paid,
}

/// <summary>A person with its link, as partner and widget call the app for it.</summary>
internal sealed class CrashedPerson(Story story, KnownLink link, StubbornPartner app)
{
    private const decimal SlowPayout = 100.14m;
    private const char SlowCheck = '3';
    private string? _session;

    public Story Story => story;

    public string LinkId => link.LinkId;

    public string? OperationId { get; private set; }

    /// <summary>What the partner hears of in the end, each exactly once.</summary>
    public IEnumerable<string> Events =>
        [
            "link.created",
            "link.opened",
            .. story switch
            {
                Story.Answered or Story.AnsweredInResponse =>
                [
                    "user.data_request",
                    "user.data_request.fulfilled",
                    "user.status_changed data_complete",
                ],
                Story.FellBack =>
                [
                    "user.data_request",
                    "link.in_progress",
                    "user.data_request.fulfilled",
                    "user.status_changed data_complete",
                ],
                Story.Expired => ["user.data_request", "link.expired", "user.data_request.expired"],
                Story.Revoked => ["user.data_request", "link.revoked"],
                Story.Verified => ["user.status_changed cip_pending", "user.status_changed cip_verified"],
                _ => (string[])
                    [
                        "user.status_changed cip_pending",
                        "user.status_changed cip_verified",
                        "link.in_progress",
                        "link.completed",
                        "operation.created",
                        "operation.completed",
                    ],
            },
        ];

    /// <summary>How its data request ends; null for who was asked nothing.</summary>
    public string? RequestEnding =>
        story switch
        {
            Story.Expired => "expired",
            Story.Revoked => "cancelled",
            Story.Verified or Story.Paid => null,
            _ => "fulfilled",
        };

    /// <summary>Members of <c>userData</c> that its link is created with.</summary>
    public static JsonObject? UserData(Story story) =>
        story switch
        {
            Story.Verified => Samples.FullUserData().With("idNumber", Samples.Curp[..^1] + SlowCheck),
            Story.Paid => Samples.FullUserData(),
            _ => null,
        };

    public async Task OpenAsync(CancellationToken ct) =>
        _session = (
            await app.CallAsync(
                HttpMethod.Post,
                $"/widget/links/{LinkId}/open",
                null,
                null,
                null,
                [HttpStatusCode.OK],
                ct
            )
        )
            .GetProperty("session")
            .GetString();

    /// <summary>What partner or person do once the link is open.</summary>
    public Task ActAsync(CancellationToken ct) =>
        story switch
        {
            Story.Answered => AnswerAsync(ct),
            Story.FellBack => WidgetAsync("step", new { step = "cip" }, [HttpStatusCode.OK], ct),
            // Revoked by the request whose answer was lost, it cannot be revoked again.
            Story.Revoked => PartnerAsync(
                HttpMethod.Post,
                $"/partner/links/{LinkId}/revoke",
                null,
                [HttpStatusCode.OK, HttpStatusCode.Conflict],
                ct
            ),
            Story.Verified or Story.Paid => WidgetAsync(
                "cip",
                new { },
                [HttpStatusCode.Created, HttpStatusCode.OK],
                ct
            ),
            _ => Task.CompletedTask,
        };

    /// <summary>What they do after the grace period.</summary>
    public async Task ActLateAsync(CancellationToken ct)
    {
        if (story == Story.FellBack)
        {
            await app.CallAsync(
                HttpMethod.Put,
                $"/widget/links/{LinkId}/data",
                null,
                _session,
                new { userData = new { name = new { firstName = "Karl" } } },
                [HttpStatusCode.OK],
                ct
            );
            await AnswerAsync(ct);
        }
        else if (story == Story.Paid)
        {
            var quote = await WidgetAsync("quote", new { send = SlowPayout }, [HttpStatusCode.Created], ct);
            var operation = await WidgetAsync(
                "confirm",
                new { quoteId = quote.GetProperty("quoteId").GetString() },
                [HttpStatusCode.Created, HttpStatusCode.OK],
                ct
            );
            OperationId = operation.GetProperty("operationId").GetString();
        }
    }

    public Task<JsonElement> StateAsync(CancellationToken ct) =>
        app.CallAsync(HttpMethod.Get, $"/widget/links/{LinkId}/state", null, _session, null, [HttpStatusCode.OK], ct);

    public Task<JsonElement> RequestAsync(CancellationToken ct) =>
        PartnerAsync(HttpMethod.Get, $"/partner/data-requests/{RequestId}", null, [HttpStatusCode.OK], ct);

    public Task<JsonElement> UserAsync(CancellationToken ct) =>
        PartnerAsync(HttpMethod.Get, $"/partner/users/{link.Reference}", null, [HttpStatusCode.OK], ct);

    public Task<JsonElement> OperationAsync(CancellationToken ct) =>
        PartnerAsync(HttpMethod.Get, $"/partner/operations/{OperationId}", null, [HttpStatusCode.OK], ct);

    public async Task<string> LinkStatusAsync(CancellationToken ct) =>
        (await app.GetAsync(LinkId, link.ApiKey, ct)).GetProperty("status").GetString()!;

    /// <summary>Where the delivery of an event about its link stands; null where it was not queued yet.</summary>
    public async Task<string?> DeliveryStatusAsync(string name, CancellationToken ct)
    {
        var page = await PartnerAsync(
            HttpMethod.Get,
            $"/partner/webhooks/deliveries?linkId={LinkId}&event={name}",
            null,
            [HttpStatusCode.OK],
            ct
        );
        return page.GetProperty("items")
            .EnumerateArray()
            .Select(item => item.GetProperty("status").GetString())
            .FirstOrDefault();
    }

    private string RequestId => "dr_" + LinkId["link_".Length..];

    private Task<JsonElement> AnswerAsync(CancellationToken ct) =>
        PartnerAsync(
            HttpMethod.Put,
            $"/partner/data-requests/{RequestId}",
            new { referenceId = link.Reference, userData = Samples.FullUserData() },
            [HttpStatusCode.OK],
            ct
        );

    private Task<JsonElement> PartnerAsync(
        HttpMethod method,
        string path,
        object? body,
        HttpStatusCode[] expected,
        CancellationToken ct
    ) => app.CallAsync(method, path, link.ApiKey, null, body, expected, ct);

    private Task<JsonElement> WidgetAsync(string route, object body, HttpStatusCode[] expected, CancellationToken ct) =>
        app.CallAsync(HttpMethod.Post, $"/widget/links/{LinkId}/{route}", null, _session, body, expected, ct);
}
