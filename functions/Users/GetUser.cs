using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// <c>GET /partner/users/{referenceId}</c>: where a person stands and why each value
/// won. Values are masked (<see cref="Masking"/>).
/// </summary>
internal sealed class GetUser(PersonStore persons)
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
        var person = await persons.ReadWithHistoryAsync(
            new PersonKey(http.Partner().Id, ReferenceId.FromStorage(referenceId)),
            ct
        );
        if (person.IsNew || person.ErasedAt is not null)
            return Answer.Error(ApiError.NotFound);
        return Answer.Ok(
            new
            {
                userId = person.UserId,
                referenceId,
                status = person.Status,
                cipStatus = person.CipStatus,
                createdAt = person.CreatedAt,
                updatedAt = person.UpdatedAt,
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
                    value = Masking.Mask(path, (await person.ReadAsync(path, ct))!),
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
        foreach (var row in person.Rows(FieldHistory.RowKeyOf(path)).OrderBy(row => row.Time("At")))
        {
            history.Add(
                new
                {
                    value = Masking.Mask(path, await person.OpenAsync(path, row, ct)),
                    source = row.Text("Source"),
                    at = row.Time("At"),
                    via = ViaOf(row.Text("Via")),
                    outcome = row.GetBoolean("Applied") == true ? "applied" : "ignored",
                }
            );
        }
        return history;
    }

    /// <summary>A picture's parts have a key of their own behind that of the link.</summary>
    private static string ViaOf(string stored) => stored.Split('~')[0];
}
