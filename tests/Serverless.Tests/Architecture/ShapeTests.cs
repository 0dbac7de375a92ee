using System.Reflection;
using System.Runtime.CompilerServices;
using Serverless.Functions;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>What a reader may expect of every type of <c>functions/</c>. The compiled assembly is asked.</summary>
public sealed class ShapeTests
{
    private const int MaxParameters = 7;

    [Fact]
    public void No_constructor_has_more_than_seven_parameters()
    {
        var more = typeof(AppServices)
            .Assembly.GetTypes()
            .Where(type => !type.IsDefined(typeof(CompilerGeneratedAttribute)))
            .Where(type => Constructors(type).Any(constructor => constructor.GetParameters().Length > MaxParameters))
            .Select(type => type.Name)
            .Order();
        Assert.Empty(more);
    }

    private static ConstructorInfo[] Constructors(Type type) =>
        type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
}
