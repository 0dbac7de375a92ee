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
    [Function(nameof(GetUser))]
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
            new
            {
                userId = person.User.UserId,
                referenceId,
                status = person.User.Status,
                cipStatus = cip.Of(person),
                createdAt = person.User.CreatedAt,
                updatedAt = person.User.UpdatedAt,
                fields = await FieldsAsync(person, ct),
                missingFields = person.MissingCipFields,
            }
        );
    }

    private static async Task<List<object>> FieldsAsync(Person person, CancellationToken ct)
    {
        var fields = new List<object>();
        foreach (var (path, held) in person.Fields.OrderBy(field => field.Key, StringComparer.Ordinal))
        {
            fields.Add(
                new
                {
                    path,
                    value = Masking.Mask(path, await person.OpenAsync(held, ct)),
                    source = held.Source.WireName(),
                    since = held.At,
                    via = ViaOf(held.Via),
                    history = await HistoryAsync(person, path, ct),
                }
            );
        }
        return fields;
    }

    /// <summary>Every value that ever arrived, oldest first.</summary>
    private static async Task<List<object>> HistoryAsync(Person person, string path, CancellationToken ct)
    {
        var history = new List<object>();
        foreach (
            var (field, _, applied) in person
                .All<FieldHistory>()
                .Where(arrived => arrived.Field.Path == path)
                .OrderBy(arrived => arrived.Field.At)
        )
        {
            history.Add(
                new
                {
                    value = Masking.Mask(path, await person.OpenAsync(field, ct)),
                    source = field.Source.WireName(),
                    at = field.At,
                    via = ViaOf(field.Via),
                    outcome = applied ? "applied" : "ignored",
                }
            );
        }
        return history;
    }

    /// <summary>A picture's id is the link's id and a suffix.</summary>
    private static string ViaOf(string stored) => stored.Split('~')[0];
}
