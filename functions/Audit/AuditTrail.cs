using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Time;

namespace Serverless.Functions.Audit;

/// <summary>
/// Writes a row before each act of an operator and its outcome after it. What cannot be written down is not done; a row
/// whose outcome is missing belongs to an act under way, or to a server that died meanwhile.
/// </summary>
internal sealed partial class AuditTrail(AuditLog log, TimeProvider time, ILogger<AuditTrail> logger) : IAuditTrail
{
    private const string RetryAfter = "10";

    /// <inheritdoc/>
    public async Task<IResult?> BeginAsync(HttpFunction act, HttpContext http, string requestId)
    {
        var (words, error) = OperatorWords.Read(http.Request);
        if (words is null)
            return Answer.Error(error!);
        var record = RecordOf(act, http, requestId, words);
        var ct = http.RequestAborted;
        try
        {
            record = await log.WithReasonAsync(record, words.Reason, ct);
            await log.AddAsync(record, ct);
        }
        catch (Exception ex) when (!ct.IsCancellationRequested)
        {
            CannotWrite(logger, ex, record.Act, requestId);
            http.Response.Headers.RetryAfter = RetryAfter;
            return Answer.Error(ApiError.AuditUnavailable);
        }
        http.Items[typeof(Begun)] = new Begun(record, words.Reason);
        return null;
    }

    /// <inheritdoc/>
    public async Task EndAsync(HttpContext http, IAnswered? answer)
    {
        if (answer is null || !http.Items.TryGetValue(typeof(Begun), out var item) || item is not Begun begun)
            return;
        var record = begun.Record with
        {
            Outcome = OutcomeOf(answer.Status),
            Status = answer.Status,
            Code = answer.Code,
        };
        try
        {
            // Whom it is about may be known only now.
            if (
                ActSubjects.SubjectOf(http) is var (partner, reference)
                && (partner, reference) != (record.Partner, record.Reference)
            )
                record = await log.WithReasonAsync(
                    record with
                    {
                        Partner = partner,
                        Reference = reference,
                    },
                    begun.Reason,
                    CancellationToken.None
                );
            // The caller may have left, but what was done is written down.
            await log.EndAsync(record, CancellationToken.None);
        }
        catch (Exception ex)
        {
            CannotEnd(logger, ex, record.Act, record.RequestId);
        }
    }

    private static ActOutcome OutcomeOf(int status) =>
        status switch
        {
            < 400 => ActOutcome.Succeeded,
            < 500 => ActOutcome.Refused,
            _ => ActOutcome.Failed,
        };

    private ActRecord RecordOf(HttpFunction act, HttpContext http, string requestId, OperatorWords words)
    {
        // Not what the host binds, which has the query and the body in it.
        var values = new RouteValueDictionary();
        act.Matcher.TryMatch(http.Request.Path, values);
        string? Value(string name) => values.GetValueOrDefault(name) as string;
        var partner = PartnerId.TryParse(Value("id"), out var named) ? named : null;
        if (partner is null && MergeId.TryParse(Value("mergeId"), out var merge))
            partner = merge.Partner;
        return new ActRecord
        {
            Id = Ulid.New(time.Now()),
            Operator = words.Operator,
            Act = act.OperationId,
            Method = act.Methods[0],
            Route = "/" + act.Route,
            Target = values
                .Where(value => value.Value is string)
                .ToDictionary(value => value.Key, value => ActRecord.Kept((string)value.Value!)),
            RequestId = requestId,
            Partner = partner,
            Reference = ReferenceOf(Value("reference") ?? Value("referenceId")),
        };
    }

    /// <summary>Anything else names nobody, and the act is refused.</summary>
    private static ReferenceId? ReferenceOf(string? text) =>
        text is not null && (ReferenceId.Pattern.IsMatch(text) || text.All(IsOfIdentity))
            ? ReferenceId.FromStorage(ActRecord.Kept(text))
            : null;

    private static bool IsOfIdentity(char letter) => char.IsAsciiLetterOrDigit(letter) || letter == '-';

    /// <summary>An act that was written down, with its reason in clear while it runs.</summary>
    private sealed record Begun(ActRecord Record, string? Reason);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "{Act} was refused: it cannot be written into the audit log (request {RequestId})"
    )]
    private static partial void CannotWrite(ILogger logger, Exception exception, string act, string requestId);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "The outcome of {Act} cannot be written into the audit log (request {RequestId})"
    )]
    private static partial void CannotEnd(ILogger logger, Exception exception, string act, string requestId);
}
