using Serverless.Functions.Http;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Users;

/// <summary>The person's values: encrypted with its data key, merged by precedence.</summary>
internal static class PersonFields
{
    extension(Person person)
    {
        /// <summary>
        /// The held fields. After an erasure their rows stand until they are cleaned up, and nobody can open them: none
        /// is held.
        /// </summary>
        private IEnumerable<HeldField> Held => person.ErasedAt is null ? person.All<HeldField>() : [];

        /// <summary>Where the held fields came from, by path.</summary>
        public IReadOnlyDictionary<string, HeldField> Fields => person.Held.ToDictionary(held => held.Path);

        /// <summary>The fields that verification needs and that are still missing.</summary>
        public IReadOnlyList<string> MissingCipFields =>
            [.. UserData.CipFields.Where(path => person.Field(path) is null)];

        /// <summary>A held field; null when it is not held.</summary>
        public HeldField? Field(string path) =>
            person.ErasedAt is null ? person.Find<HeldField>(HeldField.RowKeyOf(path)) : null;

        /// <summary>A value in clear; null when it is not held.</summary>
        public async ValueTask<string?> ReadAsync(string path, CancellationToken ct) =>
            person.Field(path) is { } held ? await person.OpenAsync(held, ct) : null;

        /// <summary>The value of a field or of its history, in clear.</summary>
        public ValueTask<string> OpenAsync(HeldField held, CancellationToken ct) =>
            person.OpenAsync(held.SealedValue, HeldField.PurposeOf(held.Path), ct);

        /// <summary>The names that are held, in clear, for showing which person a link is for.</summary>
        public async Task<IReadOnlyDictionary<string, string>> ReadNamesAsync(CancellationToken ct)
        {
            const string Prefix = "name.";
            var names = new Dictionary<string, string>();
            foreach (var held in person.Held)
            {
                if (held.Path.StartsWith(Prefix, StringComparison.Ordinal))
                    names[held.Path[Prefix.Length..]] = await person.OpenAsync(held, ct);
            }
            return names;
        }

        /// <summary>
        /// The data that arrived. A document number without a type is parsed as the type that is held; the problem is
        /// null if the number is valid.
        /// </summary>
        public async ValueTask<(UserData Data, ErrorDetail? Problem)> ReadNumberAsync(
            UserData data,
            CancellationToken ct
        )
        {
            if (data.Fields.ContainsKey("idType") || !data.Fields.TryGetValue("idNumber", out var typed))
                return (data, null);
            var type = await person.ReadAsync("idType", ct);
            return DocumentNumbers.Read(type, typed, out var rule) is { } number
                ? (data with { Fields = new Dictionary<string, string>(data.Fields) { ["idNumber"] = number } }, null)
                : (data, new ErrorDetail("userData.idNumber", rule));
        }

        /// <summary>
        /// Merges arriving data by precedence and evaluates the status. A losing value is ignored, which is not an
        /// error, and kept in the field's history.
        /// </summary>
        /// <param name="data">What arrived.</param>
        /// <param name="source">Where from.</param>
        /// <param name="via">The link or data request that it came through.</param>
        /// <param name="at">When.</param>
        /// <param name="ct">Cancels the call.</param>
        public async Task MergeAsync(
            UserData data,
            FieldSource source,
            string via,
            DateTimeOffset at,
            CancellationToken ct
        )
        {
            foreach (var (path, value) in data.Fields)
                await person.MergeFieldAsync(path, new FieldWrite(source, at, via, value), ct);
            person.Set(person.User.AfterData(person.All<HeldField>().Select(held => held.Path)), at);
        }

        private async Task MergeFieldAsync(string path, FieldWrite arriving, CancellationToken ct)
        {
            var current = person.Field(path) is { } held
                ? new FieldWrite(held.Source, held.At, held.Via, await person.OpenAsync(held, ct))
                : null;
            var applied = Precedence.Wins(arriving, current);
            var field = new HeldField
            {
                Owner = person.Key,
                Path = path,
                SealedValue = await person.SealAsync(arriving.Value, HeldField.PurposeOf(path), ct),
                Source = arriving.Source,
                At = arriving.At,
                Via = arriving.Via,
            };
            person.Put(new FieldHistory(field, Ulid.New(arriving.At), applied), arriving.At);
            if (!applied)
                return;
            person.Put(field, arriving.At);
            // After a failed verification, only changed data justifies another try. A picture always
            // counts, because its value here is only the media type.
            var changes =
                path == UserData.IdImagePath || (UserData.CipFields.Contains(path) && arriving.Value != current?.Value);
            if (changes && person.User.Status == UserStatus.CipFailed)
                person.Set(person.User.AllowVerification(), arriving.At);
        }
    }
}
