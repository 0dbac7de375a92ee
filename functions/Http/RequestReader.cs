using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;

namespace Serverless.Functions.Http;

/// <summary>
/// Reads a request's body or query into its record, by the rule on each property (<see cref="FieldAttribute"/>), and
/// notes everything that is wrong with it.
/// </summary>
internal sealed class RequestReader(IServiceProvider services, TimeProvider time)
{
    /// <summary>What the rules depend on.</summary>
    public FieldContext Context => new(services, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));

    /// <summary>
    /// The body's record. It must not be used before <see cref="JsonBody.Error"/> was found to be null. Members that
    /// are not known are noted as warnings.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="country">The stored country of the person whom it is about, if it is known.</param>
    public T Read<T>(JsonInput body, string? country = null)
        where T : class => (T)Read(typeof(T), body, Context with { Country = country });

    /// <summary>The query's record. It must not be used before <see cref="QueryInput.Error"/> was asked.</summary>
    public T Read<T>(QueryInput query)
        where T : class
    {
        var (request, context) = (Activator.CreateInstance<T>(), Context);
        foreach (var field in RequestField.Of(typeof(T)))
        {
            if (field.Rule.Required && !query.Has(field.Name))
                query.Fail(field.Name, "is required");
            Keep(request, field, field.Rule.Read(query, field.Name, context));
        }
        (request as ICheckedQuery)?.Check(query);
        return request;
    }

    private static object Read(Type type, JsonInput body, FieldContext context)
    {
        var request = Activator.CreateInstance(type)!;
        var fields = RequestField.Of(type);
        foreach (var field in fields)
        {
            var value = field.Rule.Read(body, field.Name, context) switch
            {
                JsonInput nested => Read(field.Property.PropertyType, nested, context),
                IReadOnlyList<JsonInput> items => Read(field.ItemType, items, context),
                var simple => simple,
            };
            Keep(request, field, value);
        }
        (request as ICheckedBody)?.Check(body);
        body.WarnOfUnknown([.. fields.Select(field => field.Name)]);
        return request;
    }

    private static Array Read(Type type, IReadOnlyList<JsonInput> items, FieldContext context)
    {
        var read = Array.CreateInstance(type, items.Count);
        for (var i = 0; i < items.Count; i++)
            read.SetValue(Read(type, items[i], context), i);
        return read;
    }

    private static void Keep(object request, RequestField field, object? value)
    {
        if (value is not null)
            field.Property.SetValue(request, value);
    }
}

/// <summary>A member of a request's record.</summary>
/// <param name="Name">In JSON or in the query.</param>
/// <param name="Property">Where it is kept.</param>
/// <param name="Rule">How it is read.</param>
internal sealed record RequestField(string Name, PropertyInfo Property, FieldAttribute Rule)
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<RequestField>> Known = new();

    /// <summary>The type of the items, where the property is a list.</summary>
    public Type ItemType => Property.PropertyType.GetGenericArguments()[0];

    /// <summary>The members of a request's record, then those of the record that it extends.</summary>
    public static IReadOnlyList<RequestField> Of(Type type) => Known.GetOrAdd(type, Find);

    private static IReadOnlyList<RequestField> Find(Type type) =>
        [
            .. from declaring in Lineage(type)
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            let rule = property.GetCustomAttribute<FieldAttribute>()
            where rule is not null && property.DeclaringType == declaring
            select new RequestField(JsonNamingPolicy.CamelCase.ConvertName(property.Name), property, rule),
        ];

    private static IEnumerable<Type> Lineage(Type type)
    {
        for (var declaring = type; declaring is not null; declaring = declaring.BaseType)
            yield return declaring;
    }
}
