using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Data.Tables;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>A person as read from its partition: the user row, the held fields and the pointer to the active link; nothing yet for a new one.</summary>
internal sealed class Person
{
    private const string UserRow = "user";
    private const string FieldPrefix = "field|";
    private const string ActiveLinkRow = "link|active";
    private readonly Dictionary<string, TableEntity> _fields = [];
    private TableEntity? _user;
    private byte[]? _dataKey;
    private string? _newUserId;

    private Person(PersonKey key) => Key = key;

    public PersonKey Key { get; }

    /// <summary>True when nothing is stored of this person.</summary>
    public bool IsNew => _user is null;

    /// <summary>M2M's own id of the person; a new one has it from <see cref="MergeAsync"/> on.</summary>
    public string UserId => _newUserId ?? _user?.GetString("UserId") ?? throw new InvalidOperationException("A new person has no id before its first merge.");

    /// <summary>The pointer to the active link; null when there never was one or it was cleared.</summary>
    public ActiveLink? ActiveLink { get; private set; }

    /// <summary>Reads user, fields and pointer with one query.</summary>
    public static async Task<Person> ReadAsync(TableClient users, PersonKey key, CancellationToken ct)
    {
        var filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {key.Partition} and (RowKey eq {UserRow} or RowKey eq {ActiveLinkRow} or (RowKey ge {FieldPrefix} and RowKey lt {"field}"}))");
        var person = new Person(key);
        await foreach (var row in users.QueryAsync<TableEntity>(filter, cancellationToken: ct))
            person.Take(row);
        return person;
    }

    /// <summary>From rows that were read already; those that are not a person's own (links, events) are left alone.</summary>
    public static Person From(PersonKey key, IEnumerable<TableEntity> rows)
    {
        var person = new Person(key);
        foreach (var row in rows)
            person.Take(row);
        return person;
    }

    /// <summary>The names that are held, decrypted, for showing which person a link is for.</summary>
    public async Task<IReadOnlyDictionary<string, string>> ReadNamesAsync(KeyRing keyRing, CancellationToken ct)
    {
        var names = new Dictionary<string, string>();
        if (_fields.Count == 0)
            return names;
        var key = await DataKeyAsync(keyRing, ct);
        foreach (var (path, row) in _fields.Where(field => field.Key.StartsWith("name.", StringComparison.Ordinal)))
            names[path["name.".Length..]] = Encoding.UTF8.GetString(Sealed.Open(row.GetBinary("Value"), key, Purpose(path)));
        return names;
    }

    /// <summary>
    /// The writes that merge arriving data into this person by precedence, creating the user if it is new. The user row is always written, under the version that was
    /// read: two merges of one person cannot both win.
    /// </summary>
    public async Task<IReadOnlyList<TableTransactionAction>> MergeAsync(
        UserData? data, FieldSource source, string linkId, DateTimeOffset at, KeyRing keyRing, CancellationToken ct)
    {
        var actions = new List<TableTransactionAction>();
        var user = new TableEntity(Key.Partition, UserRow) { ["UpdatedAt"] = at };
        if (IsNew)
        {
            _dataKey = RandomNumberGenerator.GetBytes(32);
            user["UserId"] = _newUserId = $"user_{Key.Partner}_{Ulid.New(at)}";
            user["CreatedAt"] = at;
            user["DataKey"] = await keyRing.WrapAsync(_dataKey, KeyPurpose, ct);
        }
        var key = await DataKeyAsync(keyRing, ct);
        foreach (var (path, value) in data?.Fields ?? new Dictionary<string, string>())
        {
            _fields.TryGetValue(path, out var standing);
            if (!Precedence.Replaces(source, standing is null ? null : Precedence.Parse(standing.Text("Source"))))
                continue;
            var row = new TableEntity(Key.Partition, FieldPrefix + path)
            {
                ["Value"] = Sealed.Seal(Encoding.UTF8.GetBytes(value), key, Purpose(path)),
                ["Source"] = source.WireName(),
                ["At"] = at,
                ["Via"] = linkId,
            };
            actions.Add(standing is null
                ? new TableTransactionAction(TableTransactionActionType.Add, row)
                : new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, standing.ETag));
        }
        var status = _user is null ? UserStatus.Pending : Enum.Parse<UserStatus>(_user.Text("Status"));
        user["Status"] = UserTransitions.AfterMerge(status, _fields.Keys.Concat(data?.Fields.Keys ?? [])).ToString();
        actions.Insert(0, _user is null
            ? new TableTransactionAction(TableTransactionActionType.Add, user)
            : new TableTransactionAction(TableTransactionActionType.UpdateMerge, user, _user.ETag));
        return actions;
    }

    /// <summary>The picture's bytes as rows of the partition, sealed with the data key. Called after <see cref="MergeAsync"/>.</summary>
    /// <remarks>They do not fit into the transaction (4 MiB), so they are written before it under the link's id; without the link nothing refers to them.</remarks>
    public async Task<IReadOnlyList<TableEntity>> SealImageAsync(byte[] image, string linkId, KeyRing keyRing, CancellationToken ct)
    {
        const int PropertySize = 64 * 1024;
        // Azure counts the bytes of a row (at most 1 MiB), Azurite those of its JSON, a third more: 11 fit both.
        const int PropertiesARow = 11;
        var key = await DataKeyAsync(keyRing, ct);
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

    /// <summary>The write that makes a link the active one: only if none was active when this person was read, or the one that was has run out.</summary>
    public TableTransactionAction PointTo(string linkId, DateTimeOffset expiresAt)
    {
        var row = new TableEntity(Key.Partition, ActiveLinkRow) { ["LinkId"] = linkId, ["ExpiresAt"] = expiresAt };
        return ActiveLink is { } stale
            ? new TableTransactionAction(TableTransactionActionType.UpdateReplace, row, stale.ETag)
            : new TableTransactionAction(TableTransactionActionType.Add, row);
    }

    /// <summary>The write that clears the pointer, if it points to this link.</summary>
    public TableTransactionAction? PointAwayFrom(string linkId) => ActiveLink is { } active && active.LinkId == linkId
        ? new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(Key.Partition, ActiveLinkRow), active.ETag)
        : null;

    private string KeyPurpose => $"data-key|{Key.Partition}";

    private static string Purpose(string path) => $"field|{path}";

    private async ValueTask<byte[]> DataKeyAsync(KeyRing keyRing, CancellationToken ct) =>
        _dataKey ??= await keyRing.UnwrapAsync(_user!.Text("DataKey"), KeyPurpose, ct);

    private void Take(TableEntity row)
    {
        if (row.RowKey == UserRow)
            _user = row;
        else if (row.RowKey == ActiveLinkRow)
            ActiveLink = new ActiveLink(row.Text("LinkId"), row.Time("ExpiresAt"), row.ETag);
        else if (row.RowKey.StartsWith(FieldPrefix, StringComparison.Ordinal))
            _fields[row.RowKey[FieldPrefix.Length..]] = row;
    }
}

/// <summary>The pointer to a person's active link.</summary>
internal sealed record ActiveLink(string LinkId, DateTimeOffset ExpiresAt, ETag ETag)
{
    /// <summary>True while the link can be used; a stale pointer (its timer is late) does not count.</summary>
    public bool IsLive(DateTimeOffset now) => now < ExpiresAt;
}
