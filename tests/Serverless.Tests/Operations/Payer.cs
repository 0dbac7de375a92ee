using System.Globalization;
using System.Text.Json.Nodes;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Operations;

/// <summary>A person with an opened link, and what its widget sends.</summary>
public sealed class Payer
{
    private readonly TestApp _app;
    private readonly TestPartner _partner;
    private readonly string _session;

    private Payer(TestApp app, TestPartner partner, TestLink link, string session) =>
        (_app, _partner, Link, _session) = (app, partner, link, session);

    public TestLink Link { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>
    /// A person that can pay: data and payment method from the partner, identity verified, link open.
    /// </summary>
    public static async Task<Payer> NewAsync(
        TestApp app,
        TestPartner partner,
        string? reference = null,
        JsonObject? userData = null,
        bool verified = true,
        int? expiresInMinutes = null,
        object? metadata = null
    )
    {
        var link = await partner.CreateLinkAsync(
            reference,
            expiresInMinutes,
            userData ?? Samples.FullUserData(),
            metadata
        );
        if (verified)
            await VerifyAsync(app, partner, link.Reference);
        return await OpenAsync(app, partner, link);
    }

    /// <summary>A person who was verified before, with a new link.</summary>
    public static Task<Payer> AgainAsync(TestApp app, TestPartner partner, string reference) =>
        NewAsync(app, partner, reference, verified: false);

    /// <summary>A verified person that nobody has given a payment method of.</summary>
    public static async Task<Payer> WithoutMethodAsync(TestApp app, TestPartner partner)
    {
        var link = await partner.CreateLinkAsync();
        var fields = UserData.CipFields.ToDictionary(path => path, _ => "x");
        await ChangeAsync(
            app,
            partner,
            link.Reference,
            person =>
                person.MergeAsync(new UserData(fields, null), FieldSource.Widget, link.Id, app.Clock.Now(), Cancel)
        );
        await VerifyAsync(app, partner, link.Reference);
        return await OpenAsync(app, partner, link);
    }

    public Task<Reply> QuoteAsync(string sendJson) => PostAsync("quote", $$"""{"send":{{sendJson}}}""");

    public async Task<string> QuoteIdAsync(decimal send = 100m) =>
        (string)(await QuoteAsync(send.ToString(CultureInfo.InvariantCulture))).Is(201).Data["quoteId"]!;

    public Task<Reply> ConfirmAsync(string quoteId, JsonNode? paymentMethod = null) =>
        PostAsync("confirm", new { quoteId, paymentMethod });

    /// <summary>Quotes and confirms, which must succeed.</summary>
    public async Task<string> TransferAsync(decimal send = 100m) =>
        (string)(await ConfirmAsync(await QuoteIdAsync(send))).Is(201).Data["operationId"]!;

    public Task<Reply> CancelAsync(string operationId, string? reason = null) =>
        PostAsync("cancel", new { operationId, reason });

    public async Task<JsonNode> OperationAsync(string operationId) =>
        (await _partner.GetAsync($"/partner/operations/{operationId}")).Is(200).Data;

    public async Task<string> StatusAsync(string operationId) => (string)(await OperationAsync(operationId))["status"]!;

    public Task<Reply> PostAsync(string route, object body) => PostAsync(route, body, _session);

    public Task<Reply> PostAsync(string route, object body, string? session) =>
        _app.PostAsync(
            $"/widget/links/{Link.Id}/{route}",
            body,
            session is null ? [] : [("Authorization", $"Bearer {session}")]
        );

    private static async Task<Payer> OpenAsync(TestApp app, TestPartner partner, TestLink link) =>
        new(app, partner, link, (string)(await link.OpenAsync()).Is(200).Data["session"]!);

    private static Task<bool> VerifyAsync(TestApp app, TestPartner partner, string reference) =>
        ChangeAsync(
            app,
            partner,
            reference,
            person =>
            {
                var now = app.Clock.Now();
                person.Set(person.User.MoveTo(UserStatus.CipPending, now), now);
                person.Set(person.User.MoveTo(UserStatus.CipVerified, now), now);
                return Task.CompletedTask;
            }
        );

    private static Task<bool> ChangeAsync(
        TestApp app,
        TestPartner partner,
        string reference,
        Func<Person, Task> change
    ) =>
        app.Service<PersonStore>()
            .ChangeAsync(
                new PersonKey(PartnerId.FromStorage(partner.Id), ReferenceId.FromStorage(reference)),
                [],
                async person =>
                {
                    await change(person);
                    return true;
                },
                Cancel
            );
}
