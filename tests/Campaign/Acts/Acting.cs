using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>What a step has at hand.</summary>
internal sealed class Acting(World world, Api api, Step step, CancellationToken ct)
{
    public World World => world;
    public Model Model => world.Model;
    public Step Step => step;
    public CancellationToken Ct => ct;
    public Random Dice { get; } = new(step.Dice);
    public PartnerModel Partner => Model.Partners[step.Partner];
    public PersonModel Person => Partner.Persons[step.Person];

    public string Marker(string what, Exposure exposure) => world.Markers.New(Person, what, exposure);

    public string Note(string what) => $"because of {Marker(what, Exposure.Never)}";

    public Task<Reply?> PartnerAsync(
        HttpMethod method,
        string path,
        JsonObject? body = null,
        bool idempotent = false,
        bool ofFirstApp = false
    ) =>
        SendAsync(
            new Call(method, path)
            {
                Body = body,
                Key = Partner.Key.Secret,
                Idempotency = idempotent ? $"step-{step.Number}" : null,
                OfFirstApp = ofFirstApp,
                Repeatable = method == HttpMethod.Get || method == HttpMethod.Put || method == HttpMethod.Delete,
            }
        );

    public Task<Reply?> SignedAsync(HttpMethod method, string path, JsonObject? body) =>
        SendAsync(new Call(method, path) { Body = body, Signed = Partner.IdentityKey });

    public Task<Reply?> OperatorAsync(string path, JsonObject? body = null) =>
        SendAsync(new Call(HttpMethod.Post, path) { Body = body });

    public Task<Reply?> WidgetAsync(LinkModel link, HttpMethod method, string route, JsonObject? body) =>
        SendAsync(
            new Call(method, $"/widget/links/{link.Id}/{route}")
            {
                Body = body,
                Session = link.Session,
                Repeatable = route is "open" or "step" or "data" or "confirm" or "cancel",
            }
        );

    private async Task<Reply?> SendAsync(Call call)
    {
        var reply = await api.SendAsync(call, ct);
        if (call.Idempotency is null || reply is null or { Status: 429 })
            return reply;
        api.Remember(call, reply, await world.NowAsync(ct));
        if (Dice.Next(3) == 0)
            await api.RepeatAsync(call, reply, ct);
        return reply;
    }

    /// <summary>Repeats a call of the last hours, whatever has happened since.</summary>
    public async Task RepeatEarlierAsync()
    {
        if (api.Recall(await world.NowAsync(ct), Dice) is var (call, reply))
            await api.RepeatAsync(call, reply, ct);
    }
}
