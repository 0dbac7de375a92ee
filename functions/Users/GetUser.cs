using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;

namespace Serverless.Functions.Users;

/// <summary>
/// <c>GET /partner/users/{referenceId}</c>: a person's status and why each value won. Values are masked
/// (<see cref="Masking"/>).
/// </summary>
internal sealed class GetUser(PersonStore persons, ICipStatusReader cip)
{
    /// <summary>Get a user</summary>
    /// <remarks>
    /// Where a user stands, and for each field which value counts, where it came from and what else arrived. Values are
    /// masked: you see enough to recognise them.
    /// </remarks>
    [Function(nameof(GetUser))]
    [Answers(200, typeof(UserView))]
    public async Task<IResult> Run(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "partner/users/{referenceId}")]
            HttpRequest http,
        string referenceId
    )
    {
        var ct = http.HttpContext.RequestAborted;
        if (!ReferenceId.Pattern.IsMatch(referenceId))
            return Answer.Error(ApiError.NotFound);
        var person = await persons.ReadAsync(
            new PersonKey(http.Partner().Id, ReferenceId.FromStorage(referenceId)),
            [],
            ct,
            FieldHistory.Kind
        );
        if (person.IsNew || person.ErasedAt is not null)
            return Answer.Error(ApiError.NotFound);
        return Answer.Ok(
            new UserView
            {
                UserId = person.User.UserId,
                ReferenceId = referenceId,
                Status = person.User.Status,
                CipStatus = cip.Of(person),
                CreatedAt = person.User.CreatedAt,
                UpdatedAt = person.User.UpdatedAt,
                Fields = await FieldsAsync(person, ct),
                MissingFields = person.MissingCipFields,
            }
        );
    }

    private static async Task<List<UserFieldView>> FieldsAsync(Person person, CancellationToken ct)
    {
        var fields = new List<UserFieldView>();
        foreach (var (path, held) in person.Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            fields.Add(
                new UserFieldView
                {
                    Path = path,
                    Value = Masking.Mask(path, await person.OpenAsync(held, ct)),
                    Source = held.Source,
                    Since = held.At,
                    Via = ViaOf(held.Via),
                    History = await HistoryAsync(person, path, ct),
                }
            );
        }
        return fields;
    }

    /// <summary>Every value that ever arrived, oldest first.</summary>
    private static async Task<List<ArrivedValue>> HistoryAsync(Person person, string path, CancellationToken ct)
    {
        var history = new List<ArrivedValue>();
        foreach (
            var (field, _, applied) in person
                .All<FieldHistory>()
                .Where(arrived => arrived.Field.Path == path)
                .OrderBy(arrived => arrived.Field.At)
        )
        {
            history.Add(
                new ArrivedValue
                {
                    Value = Masking.Mask(path, await person.OpenAsync(field, ct)),
                    Source = field.Source,
                    At = field.At,
                    Via = ViaOf(field.Via),
                    Outcome = applied ? ArrivalOutcome.Applied : ArrivalOutcome.Ignored,
                }
            );
        }
        return history;
    }

    /// <summary>A picture's id is the link's id and a suffix.</summary>
    private static string ViaOf(string stored) => stored.Split('~')[0];
}
