using System.Security.Cryptography;
using Azure.Data.Tables;
using Serverless.Functions.Cip;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Events;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Observability;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// A person as read from its partition, and what is to be written to it: one unit of work, one transaction. Rows that
/// were read are written under the version that was read, rows that were not are inserted, and the user row is part of
/// every write: of two changes that began from the same state, one wins and the other decides again.
/// </summary>
internal sealed partial class Person
{
    private const string FieldPrefix = "field|";
    private const string ActiveLinkRow = "link|active";

    /// <summary>
    /// Begin the keys of rows that something follows later: events, and what orchestrations are about.
    /// </summary>
    private static readonly string[] TracedRows =
    [
        "event|",
        "link|link_",
        "ticket|",
        "request|",
        "operation|",
        "merge|",
    ];

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
    /// <param name="tellsKyc">
    /// True where the partner wants to hear of <see cref="Kyc"/> (setting <c>kycWebhooks</c>).
    /// </param>
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

    public DateTimeOffset CreatedAt => User.Time("CreatedAt");

    public DateTimeOffset UpdatedAt => User.Time("UpdatedAt");

    /// <summary>
    /// When the person was erased; null while it was not. What is left of an erased one is a tombstone.
    /// </summary>
    public DateTimeOffset? ErasedAt => _user?.GetDateTimeOffset("ErasedAt");

    /// <summary>The pointer to the active link; null when there never was one or it was cleared.</summary>
    public ActiveLink? ActiveLink =>
        _rows.GetValueOrDefault(ActiveLinkRow) is { } row
            ? new ActiveLink(row.Text("LinkId"), row.Time("ExpiresAt"))
            : null;

    /// <summary>The events that this change raises.</summary>
    public IReadOnlyList<EventRow> Events => _events;

    /// <summary>True when there is something to commit.</summary>
    public bool IsChanged => _writes.Count > 0;

    private TableEntity User =>
        _user ?? throw new InvalidOperationException("Nothing is stored of this person: create it first.");

    /// <summary>
    /// The filter that reads user, fields, tickets and pointer of a person, and further rows by their keys or a range
    /// of them.
    /// </summary>
    public static string FilterOf(PersonKey key, IEnumerable<string> also, (string First, string Last)? range = null)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {key.Partition} and (RowKey eq {UserRow} or RowKey eq {Account.RowKey} or RowKey eq {ActiveLinkRow} or (RowKey ge {FieldPrefix} and RowKey lt {"field}"}) or (RowKey ge {CipTicket.RowPrefix} and RowKey lt {"ticket}"})"
        );
        foreach (var row in also)
            filter += TableClient.CreateQueryFilter($" or RowKey eq {row}");
        if (range is var (first, last))
            filter += TableClient.CreateQueryFilter($" or (RowKey ge {first} and RowKey lt {last})");
        return filter + ")";
    }

    /// <summary>A link of this person that was read; null when there is none.</summary>
    public Link? Link(LinkId id) =>
        _rows.GetValueOrDefault(Links.Link.RowKeyOf(id)) is { } row ? Links.Link.FromRow(row, Key, id) : null;

    /// <summary>A row of the partition that was read (named when reading); null when there is none.</summary>
    public TableEntity? Row(string rowKey) => _rows.GetValueOrDefault(rowKey);

    /// <summary>The trace of the first of these rows that has one.</summary>
    public string? TraceOf(IEnumerable<string> rowKeys) =>
        rowKeys.Select(key => Row(key)?.GetString(Tracing.Column)).FirstOrDefault(trace => trace is not null);

    /// <summary>Rows that were read whose key begins with a prefix, in the order of their keys.</summary>
    public IEnumerable<TableEntity> Rows(string prefix) =>
        _rows
            .Values.Where(row => row.RowKey.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(row => row.RowKey, StringComparer.Ordinal);

    /// <summary>A data request of this person that was read; null when there is none.</summary>
    public DataRequest? Request(DataRequestId id) =>
        _rows.GetValueOrDefault(DataRequest.RowKeyOf(id)) is { } row ? DataRequest.FromRow(row, Key, id) : null;

    /// <summary>A verification of this person; null when there is none.</summary>
    public CipTicket? Ticket(TicketId id) =>
        _rows.GetValueOrDefault(CipTicket.RowKeyOf(id)) is { } row ? CipTicket.FromRow(row, Key) : null;

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

    /// <summary>Makes a new link the active one.</summary>
    public void Add(Link link, DateTimeOffset at)
    {
        Write(
            new TableEntity(Key.Partition, ActiveLinkRow) { ["LinkId"] = link.Id.Value, ["ExpiresAt"] = link.ExpiresAt }
        );
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

    /// <summary>
    /// Writes the next state of any other record of the person (a data request, a ticket, an operation), or a new one.
    /// </summary>
    public void Put(TableEntity row, DateTimeOffset at)
    {
        Write(row);
        Touch(at);
    }

    /// <summary>
    /// Destroys the data key: from the commit on, every copy of a value (rows, history, backups) is unreadable. The
    /// user row stays as a tombstone, so that the reference is not silently reborn.
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

    /// <summary>Tells of the change: the event is committed with it.</summary>
    public void Raise(EventRow happened)
    {
        var row = happened.ToRow();
        row[EventRow.Order] = _events.Count;
        _events.Add(happened);
        Write(row);
    }

    /// <summary>The transaction.</summary>
    public IReadOnlyList<TableTransactionAction> Transaction()
    {
        StampStatus();
        return
        [
            .. _writes.Select(write =>
                (write.Value, Read: _rows.GetValueOrDefault(write.Key)) switch
                {
                    (null, { } read) => new TableTransactionAction(TableTransactionActionType.Delete, read, read.ETag),
                    ({ } row, { } read) => new TableTransactionAction(
                        TableTransactionActionType.UpdateReplace,
                        row,
                        read.ETag
                    ),
                    ({ } row, null) => new TableTransactionAction(TableTransactionActionType.Add, row),
                    (null, null) => throw new InvalidOperationException("What was not read cannot be deleted."),
                }
            ),
        ];
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
