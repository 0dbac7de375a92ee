using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Partners;

/// <summary><c>PATCH /operator/partners/{id}</c>: changes the <c>settings</c> that the body names.</summary>
internal sealed class ChangePartnerSettings(PartnerStore store, PartnerDirectory directory, RequestReader requests)
{
    private const int MaxBody = 16 * 1024;

    /// <summary>Change a partner's settings</summary>
    /// <remarks>
    /// Changes the settings that the body names, and leaves the others as they are. It takes effect at once for this
    /// server, and within seconds for the others.
    /// </remarks>
    [Function(nameof(ChangePartnerSettings))]
    [Accepts(typeof(ChangeSettingsRequest))]
    [Answers(200, typeof(ChangedSettings))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Function, "patch", Route = "operator/partners/{id}")] HttpRequest http,
        string id
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<ChangeSettingsRequest>(body.Input);
        if (!PartnerId.TryParse(id, out var partnerId))
            return Answer.Error(ApiError.NotFound);
        if (body.Error is { } error)
            return Answer.Error(error);
        if (
            await store.UpdateAsync(
                partnerId,
                partner => partner with { Settings = request.Settings.Over(partner.Settings) },
                ct
            )
            is not { } changed
        )
            return Answer.Error(ApiError.NotFound);
        directory.Forget(partnerId);
        return Answer.Ok(new ChangedSettings { PartnerId = partnerId.Value, Settings = changed.Settings });
    }
}

/// <summary>A request to change a partner's settings.</summary>
internal sealed record ChangeSettingsRequest : ICheckedBody
{
    private const string Member = "settings";

    /// <summary>The settings to change. Beside them, the body has no member.</summary>
    [Nested]
    public PartnerSettingsRequest Settings { get; init; } = new();

    /// <inheritdoc/>
    public void Check(JsonInput body)
    {
        foreach (var (_, name) in body.Unknown([Member]))
            body.Fail(name, $"is not known here: what is to change stands in \"{Member}\"");
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
