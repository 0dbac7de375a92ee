using System.Linq.Expressions;
using System.Reflection;
using Azure.Data.Tables;

namespace Serverless.Local.Tables;

/// <summary>Turns a lambda over an entity into the service's filter language.</summary>
internal static class TableFilterTranslator
{
    /// <exception cref="NotSupportedException">The lambda uses what the service cannot do, such as StartsWith.</exception>
    public static string Translate(LambdaExpression filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return Condition(filter.Body, filter.Parameters[0]);
    }

    private static string Condition(Expression expression, ParameterExpression entity)
    {
        expression = WithoutConversion(expression);
        return expression switch
        {
            BinaryExpression { NodeType: ExpressionType.AndAlso or ExpressionType.And } and => $"({Condition(and.Left, entity)}) and ({Condition(and.Right, entity)})",
            BinaryExpression { NodeType: ExpressionType.OrElse or ExpressionType.Or } or => $"({Condition(or.Left, entity)}) or ({Condition(or.Right, entity)})",
            UnaryExpression { NodeType: ExpressionType.Not } not => $"not ({Condition(not.Operand, entity)})",
            BinaryExpression comparison => Comparison(comparison, entity),
            MethodCallExpression { Method.Name: nameof(Equals) } call when Operands(call) is var (left, right) => $"{Operand(left, entity)} eq {Operand(right, entity)}",
            _ when PropertyOf(expression, entity) is { } property => $"{property} eq true",
            _ => Operand(expression, entity),
        };
    }

    private static string Comparison(BinaryExpression comparison, ParameterExpression entity)
    {
        var sign = comparison.NodeType switch
        {
            ExpressionType.Equal => "eq",
            ExpressionType.NotEqual => "ne",
            ExpressionType.GreaterThan => "gt",
            ExpressionType.GreaterThanOrEqual => "ge",
            ExpressionType.LessThan => "lt",
            ExpressionType.LessThanOrEqual => "le",
            _ => throw Unsupported(comparison),
        };

        // x.CompareTo(y) >= 0 means x >= y.
        if (WithoutConversion(comparison.Left) is MethodCallExpression { Method.Name: nameof(string.CompareTo) or nameof(string.Compare) or nameof(string.CompareOrdinal) } call
            && Uses(call, entity)
            && Evaluate(comparison.Right) is 0
            && Operands(call) is var (left, right))
            return $"{Operand(left, entity)} {sign} {Operand(right, entity)}";
        return $"{Operand(comparison.Left, entity)} {sign} {Operand(comparison.Right, entity)}";
    }

    private static (Expression Left, Expression Right)? Operands(MethodCallExpression call) => (call.Object, call.Arguments) switch
    {
        ({ } instance, [var other]) => (instance, other),
        (null, [var left, var right]) => (left, right),
        // With a StringComparison or a culture: the service compares ordinally, always.
        _ => throw Unsupported(call),
    };

    private static string Operand(Expression expression, ParameterExpression entity)
    {
        if (PropertyOf(expression, entity) is { } property)
            return property;
        if (Uses(expression, entity))
            throw Unsupported(expression);
        var value = Evaluate(expression);
        return TableFilter.Literal(value is Enum constant ? Convert.ChangeType(constant, constant.GetTypeCode(), null) : value);
    }

    private static string? PropertyOf(Expression expression, ParameterExpression entity) => WithoutConversion(expression) switch
    {
        MemberExpression { Member.Name: nameof(Nullable<int>.Value), Expression: { } inner } member when Nullable.GetUnderlyingType(inner.Type) is not null => PropertyOf(inner, entity),
        MemberExpression { Expression: { } owner } member when WithoutConversion(owner) == entity => EntityShape.NameOf(member.Member),
        MethodCallExpression { Object: { } owner, Arguments: [var key] } call when WithoutConversion(owner) == entity && IsLookUp(call.Method) => (string)Evaluate(key)!,
        _ => null,
    };

    private static bool IsLookUp(MethodInfo method) =>
        method.DeclaringType == typeof(TableEntity) && method.Name is "get_Item" or nameof(TableEntity.GetString) or nameof(TableEntity.GetBinary)
            or nameof(TableEntity.GetBinaryData) or nameof(TableEntity.GetBoolean) or nameof(TableEntity.GetDateTime) or nameof(TableEntity.GetDateTimeOffset)
            or nameof(TableEntity.GetDouble) or nameof(TableEntity.GetGuid) or nameof(TableEntity.GetInt32) or nameof(TableEntity.GetInt64);

    private static Expression WithoutConversion(Expression expression)
    {
        while (expression is UnaryExpression { NodeType: ExpressionType.Convert or ExpressionType.ConvertChecked or ExpressionType.TypeAs, Method: null } conversion)
            expression = conversion.Operand;
        return expression;
    }

    private static bool Uses(Expression expression, ParameterExpression entity)
    {
        var search = new ParameterSearch(entity);
        search.Visit(expression);
        return search.Found;
    }

    private static object? Evaluate(Expression expression) => expression switch
    {
        ConstantExpression constant => constant.Value,
        // What a lambda captures, without compiling code for it.
        MemberExpression { Member: FieldInfo field } member => field.GetValue(OwnerOf(member)),
        MemberExpression { Member: PropertyInfo property } member => property.GetValue(OwnerOf(member), BindingFlags.DoNotWrapExceptions, null, null, null),
        _ => Expression.Lambda<Func<object?>>(Expression.Convert(expression, typeof(object))).Compile(preferInterpretation: true)(),
    };

    private static object? OwnerOf(MemberExpression member) => member.Expression is null ? null : Evaluate(member.Expression);

    private static NotSupportedException Unsupported(Expression expression) => new($"The expression ({expression}) is not supported.");

    private sealed class ParameterSearch(ParameterExpression entity) : ExpressionVisitor
    {
        public bool Found { get; private set; }

        protected override Expression VisitParameter(ParameterExpression node)
        {
            Found |= node == entity;
            return node;
        }
    }
}
