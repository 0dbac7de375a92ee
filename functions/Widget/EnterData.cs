using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>
/// <c>PUT /widget/links/{linkId}/data</c>: the data that the person typed, with source <c>widget</c>. A partner's
/// value has precedence, and verified values do not change; neither is an error: the answer contains the resulting
/// values.
/// </summary>
internal sealed class EnterData(
    WidgetAccess access,
    WidgetState state,
    IdPictures pictures,
    PersonStore persons,
    RequestReader requests,
    TimeProvider time
)
{
    // A picture of 5 MB is 6.7 MB as base64; the rest is small.
    private const int MaxBody = 8 * 1024 * 1024;

    [Function(nameof(EnterData))]
    [Accepts(typeof(EnterDataRequest))]
    [Answers(200, typeof(WidgetView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "widget/links/{linkId}/data")] HttpRequest http,
        string linkId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        var entry = await access.RequireAsync(http, linkId, ct, also: WidgetState.Rows);
        if (entry.Visit is not { } visit)
            return Answer.Error(entry.Refusal!);
        var body = await JsonInput.ReadAsync(http, MaxBody);
        var request = requests.Read<EnterDataRequest>(body.Input);
        if (body.Error is { } error)
            return Answer.Error(error);
        var (after, refusal) = await MergeAsync(visit, request.UserData, ct);
        return refusal is not null ? Answer.Error(refusal) : Answer.Ok(await state.ShowAsync(after, ct));
    }

    private async Task<(WidgetVisit After, ApiError? Refusal)> MergeAsync(
        WidgetVisit visit,
        UserData data,
        CancellationToken ct
    )
    {
        var id = visit.Link.Id;
        var image = (Id: $"{id}~{Ulid.New(time.GetUtcNow())}", Stored: false);
        return await persons.ChangeAsync<(WidgetVisit, ApiError?)>(
            visit.Link.Owner,
            [Link.RowKeyOf(id), .. WidgetState.Rows(id)],
            async person =>
            {
                var now = time.Now();
                if (person.Link(id) is not { } link)
                    return (visit, ApiError.NotFound);
                if (WidgetAccess.Refusal(link, now) is { } refusal)
                    return (visit, refusal);
                var (given, problem) = await person.ReadNumberAsync(data, ct);
                if (problem is not null)
                    return (visit, ApiError.Invalid([problem]));
                var isVerified = person.User.Status is UserStatus.CipPending or UserStatus.CipVerified;
                var open = given
                    .Fields.Where(field =>
                        field.Key != UserData.IdImagePath && !(isVerified && WidgetState.IsLocked(person, field.Key))
                    )
                    .ToDictionary();
                if (open.Count > 0)
                    await person.MergeAsync(new UserData(open, null), FieldSource.Widget, link.Id.Value, now, ct);

                // A picture that would lose is not stored: nothing would refer to its rows. Each picture has its own
                // rows, since an earlier one may be longer.
                if (data.IdImage is { } bytes && !WidgetState.IsLocked(person, UserData.IdImagePath))
                {
                    await person.MergeAsync(
                        new UserData(
                            new Dictionary<string, string>
                            {
                                [UserData.IdImagePath] = data.Fields[UserData.IdImagePath],
                            },
                            null
                        ),
                        FieldSource.Widget,
                        image.Id,
                        now,
                        ct
                    );
                    if (!image.Stored)
                        await pictures.StoreAsync(person, bytes, image.Id, ct);
                    image.Stored = true;
                }
                person.RaiseStatusChange(link.ForEvent, now);
                return (new WidgetVisit(link, person), null);
            },
            ct,
            visit.Person
        );
    }
}

/// <summary>What the person typed.</summary>
internal sealed record EnterDataRequest
{
    /// <summary>Any of its fields.</summary>
    [UserData(Required = true, Partial = true)]
    public UserData UserData { get; init; } = UserData.None;
}
