using System.Security.Cryptography;
using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Cip;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Identities;
using Serverless.Functions.Links;
using Serverless.Functions.Observability;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;
using Serverless.Functions.Webhooks;

namespace Serverless.Functions.Users;

/// <summary>
/// A person as read from its partition, and what is to be written to it: one unit of work, one transaction. Rows that were read are written under the version that was
/// read, rows that were not are inserted, and the user row is part of every write: of two changes that began from the same state, one wins and the other decides again.
/// </summary>
internal sealed class Person
{
    private const string FieldPrefix = "field|";
    private const string ActiveLinkRow = "link|active";
    private const string StatusVersion = "StatusVersion";
    private const string KycColumn = "Kyc";
    private const string RootColumn = "Root";
    private const string MergingIntoColumn = "MergingInto";
    private const string MergeColumn = "Merge";
    private const string KycEventColumn = "KycEvent";
    private const string KycChangedColumn = "KycChangedAt";
    private const string StatusBeforeMergeColumn = "StatusBeforeMerge";

    /// <summary>Begin the keys of rows that something follows later: events, and what orchestrations are about.</summary>
    private static readonly string[] TracedRows = ["event|", "link|link_", "ticket|", "request|", "operation|", "merge|"];

    /// <summary>Row of the user itself.</summary>
    public const string UserRow = "user";

    private readonly Dictionary<string, TableEntity> _rows;
    private readonly Dictionary<string, TableEntity?> _writes = [];
    private readonly List<EventRow> _events = [];
    private readonly KeyRing _keyRing;
    private readonly UserStatus? _statusAsRead;
    private readonly int _statusVersion;
    private readonly bool _tellsKyc;
    private UserStatus? _statusTold;
    private KycStatus? _kycTold;
    private Account? _account;
    private TableEntity? _user;
    private byte[]? _dataKey;

    /// <param name="key">Who.</param>
    /// <param name="rows">As read.</param>
    /// <param name="keyRing">Opens the person's data key.</param>
    /// <param name="tellsKyc">True where the partner wants to hear of <see cref="Kyc"/> (setting <c>kycWebhooks</c>).</param>
    public Person(PersonKey key, IEnumerable<TableEntity> rows, KeyRing keyRing, bool tellsKyc = false)
    {
        Key = key;
        _keyRing = keyRing;
        _tellsKyc = tellsKyc;
        _rows = rows.ToDictionary(row => row.RowKey);
        _user = _rows.GetValueOrDefault(UserRow);
        _statusAsRead = _statusTold = _user is null ? null : Status;
        _statusVersion = _user?.GetInt32(StatusVersion) ?? 0;
        _kycTold = _user is null ? null : Kyc;
    }

    public PersonKey Key { get; }

    /// <summary>True when nothing is stored of this person.</summary>
    public bool IsNew => !_rows.ContainsKey(UserRow);

    /// <summary>M2M's own id of the person; a new one has it from <see cref="CreateAsync"/> on.</summary>
    public string UserId => User.Text("UserId");

    public UserStatus Status => Enum.Parse<UserStatus>(User.Text("Status"));

    public DateTimeOffset CreatedAt => User.Time("CreatedAt");

    public DateTimeOffset UpdatedAt => User.Time("UpdatedAt");

    /// <summary>When the person was erased; null while it was not. What is left of an erased one is a tombstone.</summary>
    public DateTimeOffset? ErasedAt => _user?.GetDateTimeOffset("ErasedAt");

    /// <summary>True after a failed verification when new data or a review allows another one.</summary>
    public bool MayVerifyAgain => User.GetBoolean("MayVerifyAgain") ?? false;

    /// <summary>The newest verification; null when there never was one.</summary>
    public CipTicket? CurrentTicket => Rows(CipTicket.RowPrefix).LastOrDefault() is { } row ? CipTicket.FromRow(row, Key) : null;

    /// <summary>Where the verification of identity stands.</summary>
    public CipStatus CipStatus => CipStatuses.Of(Status, CurrentTicket?.Stored);

    /// <summary>Where the identity API says that the knowledge of this person stands. Of an account it is the root's.</summary>
    public KycStatus Kyc => User.GetString(KycColumn) is { } stored ? Enum.Parse<KycStatus>(stored) : KycStatuses.Of(Status, CurrentTicket?.Stored);

    /// <summary>When that last changed; null while it never did.</summary>
    public DateTimeOffset? KycChangedAt => User.GetDateTimeOffset(KycChangedColumn);

    /// <summary>What the person's references have in common; meaningful where this person is the root.</summary>
    public Account Account => _account ??= _rows.GetValueOrDefault(Account.RowKey) is { } row ? Account.FromRow(row) : Account.None;

    /// <summary>The oldest reference of the account that this one was merged into; null for one that is its own root.</summary>
    public ReferenceId? Root => User.GetString(RootColumn) is { } root ? ReferenceId.FromStorage(root) : null;

    /// <summary>The root that this one is being merged into; null while it is not.</summary>
    public ReferenceId? MergingInto => User.GetString(MergingIntoColumn) is { } root ? ReferenceId.FromStorage(root) : null;

    /// <summary>The merge that is under way or was the last; null while there was none.</summary>
    public string? Merge => User.GetString(MergeColumn);

    /// <summary>The pointer to the active link; null when there never was one or it was cleared.</summary>
    public ActiveLink? ActiveLink => _rows.GetValueOrDefault(ActiveLinkRow) is { } row ? new ActiveLink(row.Text("LinkId"), row.Time("ExpiresAt")) : null;

    /// <summary>Where the held fields came from, by path.</summary>
    public IReadOnlyDictionary<string, HeldField> Fields => Standing().ToDictionary(held => held.Path, held => HeldField.FromRow(held.Path, held.Row));

    /// <summary>The fields that verification needs and nobody has given.</summary>
    public IReadOnlyList<string> MissingCipFields => [.. UserData.CipFields.Except(Standing().Select(held => held.Path))];

    /// <summary>The events that this change raises.</summary>
    public IReadOnlyList<EventRow> Events => _events;

    /// <summary>True when there is something to commit.</summary>
    public bool IsChanged => _writes.Count > 0;

    private TableEntity User => _user ?? throw new InvalidOperationException("Nothing is stored of this person: create it first.");

    /// <summary>The filter that reads user, fields, tickets and pointer of a person, and further rows by their keys or a range of them.</summary>
    public static string FilterOf(PersonKey key, IEnumerable<string> also, (string First, string Last)? range = null)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {key.Partition} and (RowKey eq {UserRow} or RowKey eq {Account.RowKey} or RowKey eq {ActiveLinkRow} or (RowKey ge {FieldPrefix} and RowKey lt {"field}"}) or (RowKey ge {CipTicket.RowPrefix} and RowKey lt {"ticket}"})");
        foreach (var row in also)
            filter += TableClient.CreateQueryFilter($" or RowKey eq {row}");
        if (range is var (first, last))
            filter += TableClient.CreateQueryFilter($" or (RowKey ge {first} and RowKey lt {last})");
        return filter + ")";
    }

    /// <summary>A link of this person that was read; null when there is none.</summary>
    public Link? Link(LinkId id) => _rows.GetValueOrDefault(Links.Link.RowKeyOf(id)) is { } row ? Links.Link.FromRow(row, Key, id) : null;

    /// <summary>A row of the partition that was read (named when reading); null when there is none.</summary>
    public TableEntity? Row(string rowKey) => _rows.GetValueOrDefault(rowKey);

    /// <summary>The trace of the first of these rows that has one.</summary>
    public string? TraceOf(IEnumerable<string> rowKeys) => rowKeys.Select(key => Row(key)?.GetString(Tracing.Column)).FirstOrDefault(trace => trace is not null);

    /// <summary>Rows that were read whose key begins with a prefix, in the order of their keys.</summary>
    public IEnumerable<TableEntity> Rows(string prefix) =>
        _rows.Values.Where(row => row.RowKey.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(row => row.RowKey, StringComparer.Ordinal);

    /// <summary>A data request of this person that was read; null when there is none.</summary>
    public DataRequest? Request(DataRequestId id) => _rows.GetValueOrDefault(DataRequest.RowKeyOf(id)) is { } row ? DataRequest.FromRow(row, Key, id) : null;

    /// <summary>A verification of this person; null when there is none.</summary>
    public CipTicket? Ticket(TicketId id) => _rows.GetValueOrDefault(CipTicket.RowKeyOf(id)) is { } row ? CipTicket.FromRow(row, Key) : null;

    /// <summary>A value in clear; null when it is not held.</summary>
    public async ValueTask<string?> ReadAsync(string path, CancellationToken ct) =>
        _rows.GetValueOrDefault(FieldPrefix + path) is { } row ? await OpenAsync(path, row, ct) : null;

    /// <summary>The value of a row of a field or of its history, in clear.</summary>
    public async ValueTask<string> OpenAsync(string path, TableEntity row, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Encoding.UTF8.GetString(Sealed.Open(row.GetBinary("Value"), key, Purpose(path)));
    }

    /// <summary>The names that are held, in clear, for showing which person a link is for.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadNamesAsync(CancellationToken ct)
    {
        var names = new Dictionary<string, string>();
        foreach (var (path, _) in Standing().Where(field => field.Path.StartsWith("name.", StringComparison.Ordinal)).ToList())
            names[path["name.".Length..]] = (await ReadAsync(path, ct))!;
        return names;
    }

    /// <summary>Makes a new person.</summary>
    public async Task CreateAsync(DateTimeOffset at, CancellationToken ct)
    {
        _dataKey = RandomNumberGenerator.GetBytes(32);
        _user = new TableEntity(Key.Partition, UserRow)
        {
            ["UserId"] = $"user_{Key.Partner}_{Ulid.New(at)}",
            ["Status"] = UserStatus.Pending.ToString(),
            ["DataKey"] = await _keyRing.WrapAsync(_dataKey, KeyPurpose, ct),
            ["CreatedAt"] = at,
        };
        Touch(at);
    }

    /// <summary>Merges arriving data by precedence and evaluates the status. A losing value is ignored, which is not an error, and kept in the field's history.</summary>
    /// <param name="data">What arrived.</param>
    /// <param name="source">Where from.</param>
    /// <param name="via">The link or data request that it came through.</param>
    /// <param name="at">When.</param>
    /// <param name="ct">Cancels the call.</param>
    public async Task MergeAsync(UserData data, FieldSource source, string via, DateTimeOffset at, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        foreach (var (path, value) in data.Fields)
        {
            var arriving = new FieldWrite(source, at, via, value);
            var standing = _rows.GetValueOrDefault(FieldPrefix + path) is { } held
                ? new FieldWrite(FieldSources.Parse(held.Text("Source")), held.Time("At"), held.Text("Via"), await OpenAsync(path, held, ct))
                : null;
            var applied = Precedence.Wins(arriving, standing);
            var row = new TableEntity(Key.Partition, FieldPrefix + path)
            {
                ["Value"] = Sealed.Seal(Encoding.UTF8.GetBytes(value), key, Purpose(path)),
                ["Source"] = source.WireName(),
                ["At"] = at,
                ["Via"] = via,
            };
            if (applied)
                Write(row);
            // After a failed verification, data that changes something is what makes another one worth while. Of a picture only the kind is known here.
            if (applied && Status == UserStatus.CipFailed && (path == UserData.IdImagePath || (UserData.CipFields.Contains(path) && value != standing?.Value)))
                AllowVerification(at);
            Write(new TableEntity(row) { RowKey = FieldHistory.RowKeyOf(path, Ulid.New(at)), ["Applied"] = applied });
        }
        User["Status"] = UserTransitions.AfterMerge(Status, data.Fields.Keys.Concat(Standing().Select(field => field.Path))).ToString();
        Touch(at);
    }

    /// <summary>The picture's bytes as rows of the partition, sealed with the data key.</summary>
    /// <remarks>They do not fit into the transaction (4 MiB), so they are written before it under the link's id; without the link nothing refers to them.</remarks>
    public async Task<IReadOnlyList<TableEntity>> SealImageAsync(byte[] image, string linkId, CancellationToken ct)
    {
        const int PropertySize = 64 * 1024;
        // Azure counts the bytes of a row (at most 1 MiB), Azurite those of its JSON, a third more: 11 fit both.
        const int PropertiesARow = 11;
        var key = await DataKeyAsync(ct);
        var bytes = Sealed.Seal(image, key, Purpose(UserData.IdImagePath));
        var rows = new List<TableEntity>();
        foreach (var (part, number) in bytes.Chunk(PropertySize).Chunk(PropertiesARow).Select((part, number) => (part, number)))
        {
            var row = new TableEntity(Key.Partition, $"file|{linkId}|{number:00}");
            for (var i = 0; i < part.Length; i++)
                row[$"P{i:00}"] = part[i];
            rows.Add(row);
        }
        return rows;
    }

    /// <summary>Seals a text with the data key, to be kept in another record of the person.</summary>
    public async ValueTask<byte[]> SealAsync(string text, string purpose, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Sealed.Seal(Encoding.UTF8.GetBytes(text), key, purpose);
    }

    /// <summary>Opens what <see cref="SealAsync"/> made for the same purpose.</summary>
    public async ValueTask<string> OpenAsync(byte[] sealedText, string purpose, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Encoding.UTF8.GetString(Sealed.Open(sealedText, key, purpose));
    }

    /// <summary>Makes a new link the active one.</summary>
    public void Add(Link link, DateTimeOffset at)
    {
        Write(new TableEntity(Key.Partition, ActiveLinkRow) { ["LinkId"] = link.Id.Value, ["ExpiresAt"] = link.ExpiresAt });
        Write(link.ToRow());
        Touch(at);
    }

    /// <summary>Writes a link's next state; one that is final is no longer the active link.</summary>
    public void Update(Link link, DateTimeOffset at)
    {
        Write(link.ToRow());
        if (LinkTransitions.IsFinal(link.Stored) && ActiveLink?.LinkId == link.Id.Value)
            _writes[ActiveLinkRow] = null;
        Touch(at);
    }

    /// <summary>Writes the next state of any other record of the person (a data request, a ticket, an operation), or a new one.</summary>
    public void Put(TableEntity row, DateTimeOffset at)
    {
        Write(row);
        Touch(at);
    }

    /// <summary>
    /// Destroys the data key: from the commit on, every copy of a value (rows, history, backups) is unreadable. The user row stays as a tombstone, so that the reference is not
    /// silently reborn.
    /// </summary>
    public void Erase(string receiptId, DateTimeOffset at)
    {
        _user = new TableEntity(Key.Partition, UserRow)
        {
            ["UserId"] = UserId,
            ["Status"] = User.Text("Status"),
            ["CreatedAt"] = CreatedAt,
            ["ErasedAt"] = at,
            ["ReceiptId"] = receiptId,
            [KycColumn] = User.GetString(KycColumn),
            [RootColumn] = User.GetString(RootColumn),
            [MergingIntoColumn] = User.GetString(MergingIntoColumn),
            [MergeColumn] = User.GetString(MergeColumn),
        };
        _dataKey = null;
        Touch(at);
    }

    /// <summary>Names the erasure, for the audit; null while there was none.</summary>
    public string? ReceiptId => _user?.GetString("ReceiptId");

    /// <summary>Moves the person on; the identity API's view of it goes along.</summary>
    /// <param name="status">Where to.</param>
    /// <param name="at">When.</param>
    /// <param name="review">True where the verification failed because an operator must decide.</param>
    /// <exception cref="InvalidOperationException">The move is not in the table.</exception>
    public void MoveTo(UserStatus status, DateTimeOffset at, bool review = false)
    {
        if (!UserTransitions.Allows(Status, status))
            throw new InvalidOperationException($"A person cannot go from {Status} to {status}.");
        if ((Status, status) == (UserStatus.CipFailed, UserStatus.CipPending))
        {
            if (!MayVerifyAgain)
                throw new InvalidOperationException("After a failed verification only new data or a review allows another one.");
            User["MayVerifyAgain"] = false;
        }
        User["Status"] = status.ToString();
        var kyc = KycStatuses.Of(status, review ? TicketStatus.NeedsReview : TicketStatus.Failed);
        // Rejected ends with an operator's decision only.
        if (Kyc != KycStatus.Rejected)
        {
            User[KycColumn] = kyc.ToString();
            User[KycChangedColumn] = at;
        }
        Touch(at);
    }

    /// <summary>Moves the identity API's view on; verified there is verified here (contract identities, project decision 1). Nothing changes where it stands there already.</summary>
    /// <param name="kyc">Where to.</param>
    /// <param name="at">When.</param>
    /// <param name="byReview">True for an operator's decision.</param>
    /// <exception cref="InvalidOperationException">The move is not in the table.</exception>
    public void MoveKyc(KycStatus kyc, DateTimeOffset at, bool byReview = false)
    {
        if (kyc == Kyc)
            return;
        if (!KycTransitions.Allows(Kyc, kyc, byReview))
            throw new InvalidOperationException($"An identity cannot go from {Kyc} to {kyc}.");
        SetKyc(kyc, at);
    }

    /// <summary>Takes on the status of the account: a merge is not a move, the better or final status of two histories stands.</summary>
    public void TakeKyc(KycStatus kyc, DateTimeOffset at)
    {
        if (kyc != Kyc)
            SetKyc(kyc, at);
    }

    /// <summary>Puts both views back to what they were before a merge that is undone.</summary>
    /// <param name="status">Of the person.</param>
    /// <param name="kyc">Of the identity.</param>
    /// <param name="changedAt">When that had changed.</param>
    /// <param name="at">When it is undone.</param>
    public void RestoreStatus(UserStatus status, KycStatus kyc, DateTimeOffset? changedAt, DateTimeOffset at)
    {
        User[KycChangedColumn] = changedAt;
        User["Status"] = status.ToString();
        User[KycColumn] = kyc.ToString();
        Touch(at);
    }

    /// <summary>Writes what the account's references have in common.</summary>
    public void Put(Account account, DateTimeOffset at)
    {
        _account = account;
        Put(account.ToRow(Key), at);
    }

    /// <summary>Notes that this root is going to be folded into an older one: from now on nothing about the account is decided here before that is done.</summary>
    public void BeginMerge(ReferenceId into, string merge, DateTimeOffset at)
    {
        User[MergingIntoColumn] = into.Value;
        User[MergeColumn] = merge;
        Touch(at);
    }

    /// <summary>Follows the account's verification: verified there is verified for every reference. What stood before is kept for an undone merge.</summary>
    public void FollowVerified(DateTimeOffset at)
    {
        if (Status == UserStatus.CipVerified)
            return;
        User[KycColumn] = Kyc.ToString();
        User[StatusBeforeMergeColumn] = User.GetString(StatusBeforeMergeColumn) ?? Status.ToString();
        User["Status"] = UserStatus.CipVerified.ToString();
        Touch(at);
    }

    /// <summary>Takes back what <see cref="FollowVerified"/> did.</summary>
    public void FollowNoMore(DateTimeOffset at)
    {
        if (User.GetString(StatusBeforeMergeColumn) is not { } before)
            return;
        User["Status"] = before;
        User[StatusBeforeMergeColumn] = null;
        Touch(at);
    }

    /// <summary>Points to the account's root; null makes this reference its own.</summary>
    public void PointTo(ReferenceId? root, DateTimeOffset at)
    {
        User[RootColumn] = root?.Value;
        User[MergingIntoColumn] = null;
        Touch(at);
    }

    /// <summary>Allows another verification after a failed one.</summary>
    public void AllowVerification(DateTimeOffset at)
    {
        User["MayVerifyAgain"] = true;
        Touch(at);
    }

    /// <summary>Tells of the change: the event is committed with it.</summary>
    public void Raise(EventRow happened)
    {
        var row = happened.ToRow();
        row[EventRow.Order] = _events.Count;
        _events.Add(happened);
        Write(row);
    }

    /// <summary>Tells of a status that is no longer the one that was read or last told.</summary>
    /// <param name="link">The link through which it came about; null where it came about without one.</param>
    /// <param name="at">When.</param>
    /// <param name="starts">The ticket whose verification is to start.</param>
    /// <param name="tellsKyc">False where the caller tells of <see cref="Kyc"/> itself.</param>
    public void RaiseStatusChange(Link? link, DateTimeOffset at, string? starts = null, bool tellsKyc = true)
    {
        if (_statusTold is { } before && before != Status)
            Raise((link is null
                ? EventRow.Of(WebhookEvents.UserStatusChanged, Key, at, new { @event = WebhookEvents.UserStatusChanged, timestamp = at, data = UserEvents.StatusChanged(this, null, before) })
                : EventRow.New(WebhookEvents.UserStatusChanged, link, at, UserEvents.StatusChanged(this, link, before), starts)) with { OfAccount = (Root ?? MergingInto) is not null });
        _statusTold = Status;
        if (tellsKyc)
            RaiseKycChange(at);
    }

    /// <summary>Tells of a <see cref="Kyc"/> that is no longer the one that was read or last told: to the partner, where it wants that, and to the account's other references.</summary>
    /// <remarks>A reference that points to a root tells nothing itself: its change reaches the root first.</remarks>
    public void RaiseKycChange(DateTimeOffset at)
    {
        if (_kycTold is { } before && before != Kyc && Root is null && MergingInto is null && (_tellsKyc || Account.Members.Count > 0))
            RaiseKyc(at);
        _kycTold = Kyc;
    }

    /// <summary>Tells how the account stands.</summary>
    public void RaiseKyc(DateTimeOffset at)
    {
        var told = EventRow.Of(WebhookEvents.Kyc, Key, at, KycMessage.Of(this), subjectId: User.GetString(KycEventColumn));
        User[KycEventColumn] = told.Id.Text;
        Touch(at);
        Raise(told);
    }

    /// <summary>The transaction.</summary>
    public IReadOnlyList<TableTransactionAction> Transaction()
    {
        StampStatus();
        return
        [
            .. _writes.Select(write => (write.Value, Read: _rows.GetValueOrDefault(write.Key)) switch
            {
                (null, { } read) => new TableTransactionAction(TableTransactionActionType.Delete, read, read.ETag),
                ({ } row, { } read) => new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, read.ETag),
                ({ } row, null) => new TableTransactionAction(TableTransactionActionType.Add, row),
                (null, null) => throw new InvalidOperationException("What was not read cannot be deleted."),
            }),
        ];
    }

    /// <summary>A changed status is copied into the index by the follow-up of the change's first event, which carries it.</summary>
    private void StampStatus()
    {
        if (_user is null || _statusAsRead == Status || _events.Count == 0)
            return;
        User[StatusVersion] = _statusVersion + 1;
        _writes[EventRow.RowKeyOf(_events[0].Id)]![EventRow.UserStamp] =
            new UserStamp(UserId, _statusVersion + 1, Status, CreatedAt, UpdatedAt).ToText();
    }

    private string KeyPurpose => $"data-key|{Key.Partition}";

    private static string Purpose(string path) => $"field|{path}";

    private async ValueTask<byte[]> DataKeyAsync(CancellationToken ct) => _dataKey ??= await _keyRing.UnwrapAsync(User.Text("DataKey"), KeyPurpose, ct);

    private IEnumerable<(string Path, TableEntity Row)> Standing() =>
        _rows.Values.Where(row => row.RowKey.StartsWith(FieldPrefix, StringComparison.Ordinal)).Select(row => (row.RowKey[FieldPrefix.Length..], row));

    private void SetKyc(KycStatus kyc, DateTimeOffset at)
    {
        User[KycColumn] = kyc.ToString();
        User[KycChangedColumn] = at;
        if (kyc == KycStatus.Verified)
            User["Status"] = UserStatus.CipVerified.ToString();
        Touch(at);
    }

    private void Touch(DateTimeOffset at)
    {
        User["UpdatedAt"] = at;
        _writes[UserRow] = User;
    }

    private void Write(TableEntity row)
    {
        // The trace of the change that began it: an orchestration, a retry or a replay goes on with it later.
        if (TracedRows.Any(prefix => row.RowKey.StartsWith(prefix, StringComparison.Ordinal)))
            row[Tracing.Column] = _rows.GetValueOrDefault(row.RowKey)?.GetString(Tracing.Column) ?? Tracing.Context;
        _writes[row.RowKey] = row;
    }
}
