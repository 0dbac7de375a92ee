using System.Text;
using Azure.Data.Tables;
using Serverless.Functions.Events;
using Serverless.Functions.Ids;
using Serverless.Functions.Security;
using Serverless.Functions.Storage;

namespace Serverless.Functions.Users;

/// <summary>
/// A person as read from its partition, and the changes to write. Every write includes the user row: of two changes
/// that began from the same state, one succeeds and the other is decided again (optimistic concurrency).
/// </summary>
/// <remarks>The folders that add links, verifications and so on define their own rows.</remarks>
internal sealed class Person
{
    private readonly Partition _rows;
    private readonly KeyRing _keyRing;
    private readonly List<EventRow> _events = [];
    private readonly UserStatus? _statusAsRead;
    private UserStatus? _statusLastReported;
    private byte[]? _dataKey;

    /// <param name="key">Who.</param>
    /// <param name="rows">As read.</param>
    /// <param name="keyRing">Unwraps the person's data key.</param>
    /// <param name="wantsKycWebhooks">See <see cref="WantsKycWebhooks"/>.</param>
    public Person(PersonKey key, Partition rows, KeyRing keyRing, bool wantsKycWebhooks = false)
    {
        Key = key;
        _rows = rows;
        _keyRing = keyRing;
        WantsKycWebhooks = wantsKycWebhooks;
        IsNew = !rows.Has(User.RowKey);
        if (IsNew)
            return;
        _statusAsRead = _statusLastReported = User.Status;
        KycLastReported = User.Kyc;
    }

    public PersonKey Key { get; }

    /// <summary>True when nothing was stored of this person before this change.</summary>
    public bool IsNew { get; }

    /// <summary>The user row after this change.</summary>
    /// <exception cref="InvalidOperationException">The person does not exist: create it first.</exception>
    public User User =>
        Find<User>(User.RowKey)
        ?? throw new InvalidOperationException("Nothing is stored of this person: create it first.");

    /// <summary>When the person was erased; null while it was not, and for a new one.</summary>
    public DateTimeOffset? ErasedAt => Find<User>(User.RowKey)?.ErasedAt;

    /// <summary>
    /// True if the partner wants webhooks about <see cref="User.Kyc"/> (setting <c>kycWebhooks</c>).
    /// </summary>
    public bool WantsKycWebhooks { get; }

    /// <summary>The <see cref="User.Kyc"/> that was read or last reported; null for a new person.</summary>
    public KycStatus? KycLastReported { get; set; }

    /// <summary>The events that this change raises.</summary>
    public IReadOnlyList<EventRow> Events => _events;

    /// <summary>True when there is something to commit.</summary>
    public bool IsChanged => _rows.IsChanged;

    /// <summary>A record as this change leaves it; null if it does not exist or was not read.</summary>
    public T? Find<T>(string rowKey)
        where T : class, IRow<T> => _rows.Find<T>(rowKey);

    /// <summary>All records of a kind that were read or written, in the order of their keys.</summary>
    public IEnumerable<T> All<T>()
        where T : class, IRow<T> => _rows.All<T>();

    /// <summary>The trace of the first of these rows that has one.</summary>
    public string? TraceOf(IEnumerable<string> rowKeys) => _rows.TraceOf(rowKeys);

    /// <summary>Makes a new person.</summary>
    public async Task CreateAsync(DateTimeOffset at, CancellationToken ct)
    {
        var dataKey = DataKey.New();
        _dataKey = dataKey;
        _rows.Put(
            new User
            {
                Key = Key,
                UserId = $"user_{Key.Partner}_{Ulid.New(at)}",
                Status = UserStatus.Pending,
                Kyc = KycStatus.Pending,
                DataKey = await DataKey.WrapAsync(_keyRing, Key, dataKey, ct),
                CreatedAt = at,
                UpdatedAt = at,
            }
        );
    }

    /// <summary>Writes the user row if it differs.</summary>
    public void Set(User user, DateTimeOffset at)
    {
        if (user != User)
            Put(user, at);
    }

    /// <summary>Writes the next state of a record of the person, or a new one.</summary>
    public void Put<T>(T record, DateTimeOffset at)
        where T : class, IRow
    {
        _rows.Put(record);
        Touch(at);
    }

    /// <summary>Deletes a row that was read.</summary>
    public void Remove(string rowKey, DateTimeOffset at)
    {
        _rows.Remove(rowKey);
        Touch(at);
    }

    /// <summary>Adds an event, which is committed together with the change.</summary>
    public void Raise(EventRow happened)
    {
        var ordered = happened with { Order = _events.Count };
        _events.Add(ordered);
        _rows.Put(ordered);
    }

    /// <summary>Raises an event if the status differs from the one that was read or last reported.</summary>
    /// <param name="link">The link that caused it; null if none did.</param>
    /// <param name="at">When.</param>
    /// <param name="starts">The ticket whose verification is to start.</param>
    public void RaiseUserStatus(EventLink? link, DateTimeOffset at, string? starts = null)
    {
        if (_statusLastReported is { } before && before != User.Status)
            Raise(UserEvents.StatusChanged(User, link, before, at, starts));
        _statusLastReported = User.Status;
    }

    /// <summary>Encrypts a text with the data key, for a record of the person.</summary>
    /// <param name="text">The text.</param>
    /// <param name="purpose">Decryption needs the same purpose.</param>
    /// <param name="ct">Cancels the call.</param>
    public ValueTask<byte[]> SealAsync(string text, string purpose, CancellationToken ct) =>
        SealAsync(Encoding.UTF8.GetBytes(text), purpose, ct);

    /// <summary>Encrypts bytes.</summary>
    public async ValueTask<byte[]> SealAsync(byte[] bytes, string purpose, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Sealed.Seal(bytes, key, purpose);
    }

    /// <summary>Decrypts a text that was encrypted for the same purpose.</summary>
    public async ValueTask<string> OpenAsync(byte[] sealedText, string purpose, CancellationToken ct) =>
        Encoding.UTF8.GetString(await OpenBytesAsync(sealedText, purpose, ct));

    /// <summary>Decrypts bytes that were encrypted for the same purpose.</summary>
    public async ValueTask<byte[]> OpenBytesAsync(byte[] sealedBytes, string purpose, CancellationToken ct)
    {
        var key = await DataKeyAsync(ct);
        return Sealed.Open(sealedBytes, key, purpose);
    }

    /// <summary>
    /// Has the change told to operators' lists, if one of them shows the person differently since: by the change's
    /// first event, or by one of its own where it raises none. Called before the events are announced.
    /// </summary>
    public void TellOperators(IOperatorsView view)
    {
        if (view.Of(this) == view.Of(new Person(Key, _rows.AsRead(), _keyRing)))
            return;
        if (_events.Count == 0)
            Raise(EventRow.Of(InternalEvents.OperatorsTold, Key, User.UpdatedAt, new NoData()));
        _events[0] = _events[0] with { TellsOperators = true };
        _rows.Put(_events[0]);
    }

    /// <summary>The transaction.</summary>
    public IReadOnlyList<TableTransactionAction> Transaction()
    {
        StampStatus();
        return _rows.Transaction();
    }

    /// <summary>A new status travels in the change's first event, whose follow-up copies it into the index.</summary>
    private void StampStatus()
    {
        if (_events.Count == 0 || _statusAsRead == User.Status)
            return;
        var user = User with { StatusVersion = User.StatusVersion + 1 };
        _rows.Put(user);
        var stamp = new UserStamp(user.UserId, user.StatusVersion, user.Status, user.CreatedAt, user.UpdatedAt);
        _rows.Put(_events[0] with { User = stamp.ToText() });
    }

    private void Touch(DateTimeOffset at) => _rows.Put(User with { UpdatedAt = at });

    private async ValueTask<byte[]> DataKeyAsync(CancellationToken ct) =>
        _dataKey ??= await DataKey.UnwrapAsync(
            _keyRing,
            Key,
            User.DataKey
                ?? throw new InvalidOperationException("The person was erased: there is no data key any more."),
            ct
        );
}
