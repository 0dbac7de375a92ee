using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Time;

namespace Serverless.Functions.Verifications;

/// <summary>Key of a code: one valid code for each reference and address.</summary>
/// <param name="Person">The reference.</param>
/// <param name="EmailHash">The address's hash, as in the e-mail index.</param>
internal sealed record CodeKey(PersonKey Person, string EmailHash);

/// <summary>
/// The table OneTimeCodes: a partner's codes and call windows in one partition, so that one conditional transaction
/// counts a call for the reference and for the address and decides it. Concurrent calls are therefore decided one
/// after the other.
/// </summary>
internal sealed class OneTimeCodeStore(AppTables tables, KeyRing keyRing, TimeProvider time)
{
    private const string Purpose = "one-time-code";

    /// <summary>Creates a code and its digits.</summary>
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

    /// <summary>True if the digits are right. Compared in constant time.</summary>
    public ValueTask<bool> IsRightAsync(CodeKey key, OneTimeCode code, string digits, CancellationToken ct) =>
        keyRing.IsSignedAsync(Signed(key, code.Salt, digits), Purpose, code.Mac, ct);

    /// <summary>Reads the rows of a reference and an address.</summary>
    public async Task<CodeRows> ReadAsync(CodeKey key, CancellationToken ct)
    {
        var rows = await Task.WhenAll(CodeRows.KeysOf(key).Select(row => FindAsync(key, row, ct)));
        return new CodeRows(key, rows[0], rows[1], rows[2]);
    }

    /// <summary>Writes the changes; false after a conflict.</summary>
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

    /// <summary>Changes a code's status, if it is still the same code with the same claim.</summary>
    /// <param name="key">Whose code.</param>
    /// <param name="known">As last written by this request.</param>
    /// <param name="to">The new status.</param>
    /// <param name="ct">Cancels the call.</param>
    /// <returns>
    /// False if another request has claimed or finished it. True if a new code has replaced it, or it was deleted:
    /// then nothing needs to change.
    /// </returns>
    public Task<bool> MoveAsync(CodeKey key, OneTimeCode known, CodeStatus to, CancellationToken ct) =>
        Contention.RepeatAsync<bool>(
            async () =>
            {
                var rows = await ReadCodeAsync(key, ct);
                if (rows.Code is not { } code || code.Salt != known.Salt)
                    return true;
                // Already done by this request, whose answer from storage was lost.
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

    /// <summary>The last sent code; null if there is none.</summary>
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

    /// <summary>Counts a send; returns how long to wait if the limit is exceeded.</summary>
    public TimeSpan? CountSend(DateTimeOffset now) => Count("Sends", CallWindow.MaxSends, now);

    /// <summary>Counts a try; returns how long to wait if the limit is exceeded.</summary>
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
