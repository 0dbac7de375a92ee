using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.Serialization;
using System.Text;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;

namespace Serverless.Local.Tables;

/// <summary>The properties of a model class, bound once per type.</summary>
internal abstract class EntityShape
{
    private static readonly ConcurrentDictionary<Type, EntityShape> Shapes = new();

    public static EntityShape Of(Type type) =>
        Shapes.GetOrAdd(type, static type => (EntityShape)Activator.CreateInstance(typeof(EntityShape<>).MakeGenericType(type))!);

    /// <summary>The name that a member has in the table.</summary>
    public static string NameOf(MemberInfo member) => member.GetCustomAttribute<DataMemberAttribute>()?.Name ?? member.Name;

    public abstract void Write(ITableEntity entity, EntityWriter writer);
}

internal sealed class EntityShape<T> : EntityShape
    where T : ITableEntity
{
    private readonly Member[] _members;
    private readonly Func<T>? _create;

    public EntityShape()
    {
        const BindingFlags flags = BindingFlags.Public | BindingFlags.Instance;
        var own = typeof(T).GetProperties(flags).Where(property => property.GetIndexParameters().Length == 0 && property.GetMethod is { IsPublic: true })
            .Concat<MemberInfo>(typeof(T).GetFields(flags))
            .ToList();
        // What implements ITableEntity explicitly has no public member of that name, and is reached through the interface.
        var hidden = typeof(ITableEntity).GetProperties().Where(property => own.TrueForAll(member => member.Name != property.Name));
        _members = [.. own.Concat(hidden).Where(member => !member.IsDefined(typeof(IgnoreDataMemberAttribute))).Select(Bind)];
        if (typeof(T).IsValueType || typeof(T).GetConstructor(flags, []) is not null)
            _create = Expression.Lambda<Func<T>>(Expression.New(typeof(T))).Compile();
    }

    public static EntityShape<T> Instance { get; } = (EntityShape<T>)Of(typeof(T));

    public override void Write(ITableEntity entity, EntityWriter writer)
    {
        foreach (var member in _members)
            member.Write((T)entity, writer);
    }

    /// <summary>Reads the object at whose start the reader stands.</summary>
    public T Read(ref Utf8JsonReader reader)
    {
        var entity = _create is null ? throw new MissingMethodException($"{typeof(T)} has no parameterless constructor.") : _create();
        var next = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = Find(ref reader, ref next);
            reader.Read();
            if (member is null || reader.TokenType == JsonTokenType.Null)
                reader.Skip();
            else
                member.Read(entity, ref reader);
        }
        return entity;
    }

    private Member? Find(ref Utf8JsonReader reader, ref int next)
    {
        // The rows of a page have their properties in the same order; the search goes on where the last one ended.
        for (var step = 0; step < _members.Length; step++)
        {
            var index = (next + step) % _members.Length;
            if (!reader.ValueTextEquals(_members[index].Utf8Name))
                continue;
            next = index + 1;
            return _members[index];
        }
        return null;
    }

    private static Member Bind(MemberInfo member)
    {
        var type = member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
        return (Member)Activator.CreateInstance(typeof(Member<>).MakeGenericType(typeof(T), type), member)!;
    }

    private abstract class Member(string name)
    {
        public string Name { get; } = name;

        public byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(name == nameof(ITableEntity.ETag) ? EntityReader.ETagName : name);

        public abstract void Write(T entity, EntityWriter writer);

        public abstract void Read(T entity, ref Utf8JsonReader reader);
    }

    private sealed class Member<TValue> : Member
    {
        private readonly EdmType<TValue> _type;
        private readonly Func<T, TValue>? _get;
        private readonly Action<T, TValue>? _set;

        public Member(MemberInfo member)
            : base(NameOf(member))
        {
            var isETag = typeof(TValue) == typeof(ETag);
            _type = isETag ? (EdmType<TValue>)(object)new EdmType<ETag>((_, _, _) => { }, ReadETag) : EdmType.Of<TValue>();
            if (!isETag && Name != nameof(ITableEntity.Timestamp))
                _get = Getter(member);
            _set = Setter(member);
        }

        public override void Write(T entity, EntityWriter writer)
        {
            if (_get is not null)
                _type.Write(writer, Name, _get(entity));
        }

        public override void Read(T entity, ref Utf8JsonReader reader)
        {
            if (_set is null)
                reader.Skip();
            else if (_type.Read(ref reader, out var value))
                _set(entity, value);
        }

        private static bool ReadETag(ref Utf8JsonReader reader, out ETag value)
        {
            value = new ETag(reader.GetString()!);
            return true;
        }

        private static Func<T, TValue> Getter(MemberInfo member)
        {
            if (member is PropertyInfo { GetMethod: { } get } && !typeof(T).IsValueType)
                return get.CreateDelegate<Func<T, TValue>>();
            var entity = Expression.Parameter(typeof(T));
            return Expression.Lambda<Func<T, TValue>>(Access(entity, member), entity).Compile();
        }

        private static Action<T, TValue>? Setter(MemberInfo member)
        {
            if (member is PropertyInfo { SetMethod: not { IsPublic: true } } or FieldInfo { IsInitOnly: true })
                return null;
            if (member is PropertyInfo { SetMethod: { } set } && !typeof(T).IsValueType)
                return set.CreateDelegate<Action<T, TValue>>();
            var entity = Expression.Parameter(typeof(T));
            var value = Expression.Parameter(typeof(TValue));
            return Expression.Lambda<Action<T, TValue>>(Expression.Assign(Access(entity, member), value), entity, value).Compile();
        }

        private static MemberExpression Access(Expression entity, MemberInfo member) =>
            Expression.MakeMemberAccess(member.DeclaringType!.IsInterface ? Expression.Convert(entity, member.DeclaringType) : entity, member);
    }
}
