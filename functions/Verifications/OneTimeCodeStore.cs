using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Verifications;

/// <summary>Whose code: one lives for each reference and address.</summary>
/// <param name="Person">The reference.</param>
/// <param name="EmailHash">The address as the e-mail index has it.</param>
internal sealed record CodeKey(PersonKey Person, string EmailHash);

/// <summary>
/// The table OneTimeCodes: a partner's codes and call windows in one partition, so that a call is counted for the
/// reference, counted for the address and decided in one conditional transaction. Of calls at once each sees what the
/// ones before it did.
/// </summary>
internal sealed class OneTimeCodeStore(AppTables tables, KeyRing keyRing, TimeProvider time)
{
    private const string Purpose = "one-time-code";

    /// <summary>A new code and its digits.</summary>
    public async Task<(OneTimeCode Code, string Digits)> NewAsync(CodeKey key, CancellationToken ct)
    {
        var (digits, salt) = (OneTimeCode.NewDigits(), OneTimeCode.NewSalt());
        return (
            new OneTimeCode
            {
                Salt = salt,
                Mac = await keyRing.SignAsync(Signed(key, salt, digits), Purpose, ct),
                SentAt = time.Now(),
            },
            digits
        );
    }

    /// <summary>Are these the code's digits? Compared in constant time.</summary>
    public ValueTask<bool> IsRightAsync(CodeKey key, OneTimeCode code, string digits, CancellationToken ct) =>
        keyRing.IsSignedAsync(Signed(key, code.Salt, digits), Purpose, code.Mac, ct);

    /// <summary>Reads what stands about a reference and an address.</summary>
    public async Task<CodeRows> ReadAsync(CodeKey key, CancellationToken ct)
    {
        var rows = await Task.WhenAll(CodeRows.KeysOf(key).Select(row => FindAsync(key, row, ct)));
        return new CodeRows(key, rows[0], rows[1], rows[2]);
    }

    /// <summary>Writes what was changed, if nobody was first.</summary>
    public async Task<bool> TryCommitAsync(CodeRows rows, CancellationToken ct)
    {
        try
        {
            await tables.OneTimeCodes.SubmitTransactionAsync(rows.Transaction(time.Now()), ct);
            return true;
        }
        catch (RequestFailedException ex) when (ex.IsConflict())
        {
            return false;
        }
    }

    /// <summary>Moves a code on, as long as it is the one that was sent and in the hands it was in.</summary>
    /// <param name="key">Whose code.</param>
    /// <param name="known">As this request left it.</param>
    /// <param name="to">What becomes of it.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>
    /// False when it is no longer this request's to move. A code that a new one has replaced, or that is gone, has
    /// nowhere to move: true.
    /// </returns>
    public Task<bool> MoveAsync(CodeKey key, OneTimeCode known, CodeStatus to, CancellationToken ct) =>
        Contention.RepeatAsync<bool>(
            async () =>
            {
                var rows = await ReadCodeAsync(key, ct);
                if (rows.Code is not { } code || code.Salt != known.Salt)
                    return true;
                // Already there: moved by this request, whose answer from storage was lost.
                if (code.Claim == known.Claim && code.Status == to)
                    return true;
                if (code.Claim != known.Claim || !CodeTransitions.Allows(code.Status, to))
                    return false;
                rows.Code = code.MovedTo(to);
                return await TryCommitAsync(rows, ct) ? true : TryResult.Lost;
            },
            ct
        );

    private async Task<CodeRows> ReadCodeAsync(CodeKey key, CancellationToken ct) =>
        new(key, null, null, await FindAsync(key, CodeRows.KeysOf(key)[2], ct));

    private async Task<TableEntity?> FindAsync(CodeKey key, string row, CancellationToken ct)
    {
        var found = await tables.OneTimeCodes.GetEntityIfExistsAsync<TableEntity>(
            key.Person.Partner.Value,
            row,
            cancellationToken: ct
        );
        return found.HasValue ? found.Value : null;
    }

    private static string Signed(CodeKey key, string salt, string digits) =>
        $"{key.Person.Partition}|{key.EmailHash}|{salt}|{digits}";
}

/// <summary>
/// Three rows: the calls of the reference, those of the address, and the code. Only what was changed is written.
/// </summary>
internal sealed class CodeRows(CodeKey key, TableEntity? byReference, TableEntity? byEmail, TableEntity? code)
{
    private OneTimeCode? _code = code is null ? null : CodeOf(code);
    private bool _codeChanged;
    private string? _counted;

    /// <summary>The code that was sent last; null when none was.</summary>
    public OneTimeCode? Code
    {
        get => _code;
        set => (_code, _codeChanged) = (value, true);
    }

    public static string[] KeysOf(CodeKey key) =>
        [
            $"calls|reference|{key.Person.Reference}",
            $"calls|email|{key.EmailHash}",
            $"code|{key.Person.Reference}|{key.EmailHash}",
        ];

    /// <summary>Counts a send; how long to wait where it is one too many.</summary>
    public TimeSpan? CountSend(DateTimeOffset now) => Count("Sends", CallWindow.MaxSends, now);

    /// <summary>Counts a try; how long to wait where it is one too many.</summary>
    public TimeSpan? CountTry(DateTimeOffset now) => Count("Tries", CallWindow.MaxTries, now);

    public IEnumerable<TableTransactionAction> Transaction(DateTimeOffset now)
    {
        var keys = KeysOf(key);
        if (_counted is not null)
        {
            yield return Write(
                keys[0],
                byReference,
                row => row[_counted] = Window(byReference, _counted).With(now).ToString(),
                now
            );
            yield return Write(
                keys[1],
                byEmail,
                row => row[_counted] = Window(byEmail, _counted).With(now).ToString(),
                now
            );
        }
        if (_codeChanged)
            yield return Write(keys[2], code, row => Put(row, _code!), now);
    }

    private TimeSpan? Count(string kind, int limit, DateTimeOffset now)
    {
        _counted = kind;
        var admittedAt = new[]
        {
            Window(byReference, kind).AdmittedAt(limit),
            Window(byEmail, kind).AdmittedAt(limit),
        }.Max();
        return admittedAt > now ? admittedAt - now : null;
    }

    private static CallWindow Window(TableEntity? row, string kind) => CallWindow.FromStorage(row?.GetString(kind));

    private TableTransactionAction Write(
        string rowKey,
        TableEntity? before,
        Action<TableEntity> change,
        DateTimeOffset now
    )
    {
        var row = before ?? new TableEntity(key.Person.Partner.Value, rowKey);
        change(row);
        row["At"] = now;
        return before is null
            ? new TableTransactionAction(TableTransactionActionType.Add, row)
            : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, before.ETag);
    }

    private static OneTimeCode CodeOf(TableEntity row) =>
        OneTimeCode.FromStorage(
            row.Text("Salt"),
            row.Text("Mac"),
            row.Time("SentAt"),
            Enum.Parse<CodeStatus>(row.Text("Status")),
            row.GetInt32("Wrong") ?? 0,
            row.GetString("Claim"),
            row.Time("ClaimedAt")
        );

    private static void Put(TableEntity row, OneTimeCode code)
    {
        row["Salt"] = code.Salt;
        row["Mac"] = code.Mac;
        row["SentAt"] = code.SentAt;
        row["Status"] = code.Status.ToString();
        row["Wrong"] = code.Wrong;
        row["Claim"] = code.Claim;
        row["ClaimedAt"] = code.Claim is null ? code.SentAt : code.ClaimedAt;
    }
}
