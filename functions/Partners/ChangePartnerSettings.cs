using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Outbound;

namespace Serverless.Functions.Partners;

/// <summary><c>PATCH /operator/partners/{id}</c>: changes the <c>settings</c> that the body names.</summary>
internal sealed class ChangePartnerSettings(PartnerStore store, PartnerDirectory directory, OutboundUrlRules urls)
{
    private const int MaxBody = 16 * 1024;
    private const string SettingsMember = "settings";

    [Function(nameof(ChangePartnerSettings))]
    [Answers(200, typeof(ChangedSettings))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "patch", Route = "operator/partners/{id}")] HttpRequest http,
        string id
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        PartnerSettings.Read(body.Input, PartnerSettings.Default, urls);
        foreach (var (_, name) in body.Input.Unknown([SettingsMember]))
            body.Input.Fail(name, $"is not known here: what is to change stands in \"{SettingsMember}\"");
        if (!PartnerId.TryParse(id, out var partnerId))
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (
            await store.UpdateAsync(
                partnerId,
                partner => partner with { Settings = PartnerSettings.Read(body.Input, partner.Settings, urls) },
                ct
            )
            is not { } changed
        )
            return Answer.Error(ApiError.NotFound);
        directory.Forget(partnerId);
        return Answer.Ok(new ChangedSettings { PartnerId = partnerId.Value, Settings = changed.Settings });
    }
}

/// <summary>A partner's settings after a change.</summary>
internal sealed record ChangedSettings
{
    /// <summary>The partner's id.</summary>
    /// <example>demo</example>
    public required string PartnerId { get; init; }

    /// <summary>All settings, also those that the request did not name.</summary>
    public required PartnerSettings Settings { get; init; }
}
