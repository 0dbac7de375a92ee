using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml.Linq;
using Mono.Cecil;
using Serverless.Functions;
using Serverless.Functions.Events;
using Serverless.Functions.Health;
using Serverless.Functions.Http;
using Serverless.Functions.Links;
using Serverless.Functions.Time;
using Serverless.Tests.Http;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>
/// What leaves the app is a record, and the record says what each of its members means: the API's reference is made
/// from both.
/// </summary>
public sealed class TypedAnswersTests
{
    /// <summary>The types whose generic methods take what leaves the app.</summary>
    private static readonly string[] WaysOut =
    [
        .. new[]
        {
            typeof(Answer),
            typeof(IdentityAnswer),
            typeof(HealthAnswer),
            typeof(EventRow),
            typeof(LinkEvents),
        }.Select(type => type.FullName!),
    ];

    /// <summary>Each call by which a method hands something out.</summary>
    private static readonly List<(MethodDefinition Method, GenericInstanceMethod Call)> Calls =
    [
        .. from method in Compiled.Methods
        from call in Compiled.Calls(method).OfType<GenericInstanceMethod>()
        where WaysOut.Contains(call.DeclaringType.FullName)
        select (method, call),
    ];

    /// <summary>The types that are handed out.</summary>
    private static readonly List<(MethodDefinition Method, TypeReference Type)> HandedOut =
    [
        .. from made in Calls from type in made.Call.GenericArguments.SelectMany(Parts) select (made.Method, type),
    ];

    private static readonly Assembly App = typeof(AppServices).Assembly;

    private static readonly Dictionary<string, XElement> Words = XDocument
        .Load(Path.ChangeExtension(App.Location, ".xml"))
        .Descendants("member")
        .ToDictionary(member => member.Attribute("name")!.Value);

    [Fact]
    public void No_method_answers_with_an_anonymous_object_or_raises_an_event_with_one() =>
        NoneForgotten(
            HandedOut
                .Where(handed => IsShapeless(handed.Type))
                .Select(handed =>
                    $"{NameOf(handed.Method)} hands out an object without a type of its own: make it a record."
                )
        );

    [Fact]
    public void The_functions_declare_what_they_answer_with()
    {
        var declared = (
            from function in HostedFunction.All
            from answer in function.Method.GetCustomAttributes<AnswersAttribute>()
            select $"{answer.Status} {CompiledNameOf(answer.Data)}"
        ).ToHashSet();
        var given = (
            from made in Calls
            let status = StatusOf(made.Call)
            where status is not null
            select $"{status} {made.Call.GenericArguments[0].FullName}"
        ).ToHashSet();
        NoneForgotten([
            .. given
                .Except(declared)
                .Select(answer => $"A function answers with {answer}: write [Answers({answer})] on it."),
            .. declared
                .Except(given)
                .Select(answer => $"[Answers({answer})] stands on a function, and nothing answers with it."),
        ]);
    }

    [Fact]
    public void No_function_reads_the_members_of_its_body_itself()
    {
        var functions = HostedFunction.All.Select(function => function.Method.DeclaringType!.FullName!).ToHashSet();
        NoneForgotten(
            from method in Compiled.Methods
            where functions.Contains(Compiled.Outermost(method.DeclaringType).FullName)
            from call in Compiled.Calls(method)
            where call.DeclaringType.FullName == typeof(JsonInput).FullName && ReadsAMember(call.Resolve())
            select $"{NameOf(method)} calls JsonInput.{call.Name}: write the rule on a member of the request's record."
        );
    }

    private static bool ReadsAMember(MethodDefinition called) =>
        !called.IsStatic && !called.IsGetter && called.ReturnType.FullName != typeof(void).FullName;

    [Fact]
    public void Every_event_that_a_partner_can_receive_has_one_record_for_its_data() =>
        Assert.Equal(
            PartnerEvents.All.Concat([PartnerEvents.Kyc, PartnerEvents.EndpointTest]).Order(),
            App.GetTypes()
                .SelectMany(type => type.GetCustomAttributes<EventDataAttribute>())
                .Select(data => data.Name)
                .Order()
        );

    [Fact]
    public void No_member_of_an_answer_hides_its_type() =>
        NoneForgotten(
            Members
                .Where(member => PartsOf(member.PropertyType).Contains(typeof(object)))
                // Under /eapi a code is a number or a name.
                .Where(member => member is not { DeclaringType.Name: nameof(IdentityFailure), Name: "Code" })
                .Select(member => $"{NameOf(member)} is an object: give it a type.")
        );

    [Fact]
    public void Every_answer_and_every_member_of_one_says_what_it_means() =>
        NoneForgotten([
            .. Records.Where(type => !Says("T:" + IdOf(type))).Select(type => $"{type.Name} has no summary."),
            .. Members
                .Where(member => !Says("P:" + IdOf(member.DeclaringType!) + "." + member.Name))
                .Select(member => $"{NameOf(member)} has no summary."),
            .. Records
                .SelectMany(type => MembersOf(type).SelectMany(member => PartsOf(member.PropertyType)))
                .Where(type => type.IsEnum && type.Assembly == App)
                .Distinct()
                .SelectMany(type => Enum.GetNames(type).Select(name => (Type: type, Name: name)))
                .Where(value => !Says("F:" + IdOf(value.Type) + "." + value.Name))
                .Select(value => $"{value.Type.Name}.{value.Name} has no summary."),
        ]);

    [Fact]
    public void Every_member_of_an_answer_that_is_a_single_value_has_a_valid_example() =>
        NoneForgotten(
            Members
                .Where(member => IsScalar(member.PropertyType))
                .Select(member => (Member: member, Example: ExampleOf(member)))
                .Where(shown => !IsValid(shown.Example, shown.Member))
                .Select(shown =>
                    shown.Example is null
                        ? $"{NameOf(shown.Member)} has no <example>."
                        : $"'{shown.Example}' is no value that {NameOf(shown.Member)} can have."
                )
        );

    /// <summary>Every record that is handed out or is the data of an event, and those within.</summary>
    private static List<Type> Records
    {
        get
        {
            var found = new List<Type>();
            var waiting = new Queue<Type>(
                HandedOut
                    .Select(handed => App.GetType(handed.Type.FullName.Replace('/', '+')))
                    .OfType<Type>()
                    .Concat(App.GetTypes().Where(type => type.IsDefined(typeof(EventDataAttribute))))
            );
            while (waiting.TryDequeue(out var type))
            {
                if (type.IsEnum || type.Assembly != App || found.Contains(type))
                    continue;
                found.Add(type);
                foreach (var part in MembersOf(type).SelectMany(member => PartsOf(member.PropertyType)))
                    waiting.Enqueue(part.IsGenericType ? part.GetGenericTypeDefinition() : part);
            }
            Assert.True(found.Count > 30);
            return found;
        }
    }

    private static IEnumerable<PropertyInfo> Members => Records.SelectMany(MembersOf);

    private static PropertyInfo[] MembersOf(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public);

    /// <summary>A type and those that it is made of: <c>Page&lt;LinkView&gt;</c> is a page and a link.</summary>
    private static IEnumerable<TypeReference> Parts(TypeReference type) =>
        type switch
        {
            GenericParameter => [],
            GenericInstanceType generic => generic.GenericArguments.SelectMany(Parts).Prepend(generic.ElementType),
            ArrayType array => Parts(array.ElementType),
            _ => [type],
        };

    private static IEnumerable<Type> PartsOf(Type type) =>
        type switch
        {
            { IsGenericParameter: true } => [],
            { IsArray: true } => PartsOf(type.GetElementType()!),
            { IsGenericType: true } => type.GetGenericArguments().SelectMany(PartsOf).Prepend(type),
            _ => [type],
        };

    /// <summary>The status of an answer that succeeds; null for other ways out.</summary>
    private static int? StatusOf(GenericInstanceMethod call) =>
        call.DeclaringType.Name is nameof(Answer) or nameof(IdentityAnswer)
            ? call.Name switch
            {
                nameof(Answer.Ok) => 200,
                nameof(Answer.Created) => 201,
                nameof(Answer.Accepted) => 202,
                _ => null,
            }
            : null;

    /// <summary>A type as the compiled calls name it.</summary>
    private static string CompiledNameOf(Type type) =>
        type.IsGenericType
            ? $"{type.GetGenericTypeDefinition().FullName}<{string.Join(',', type.GetGenericArguments().Select(CompiledNameOf))}>"
            : type.FullName!.Replace('+', '/');

    private static bool IsShapeless(TypeReference type) =>
        type.FullName == "System.Object" || type.Name.Contains("AnonymousType", StringComparison.Ordinal);

    private static bool IsScalar(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) is var scalar
        && (
            scalar.IsEnum
            || scalar == typeof(string)
            || scalar == typeof(bool)
            || scalar == typeof(int)
            || scalar == typeof(long)
            || scalar == typeof(decimal)
            || scalar == typeof(DateTimeOffset)
        );

    /// <summary>True for a text as a value of this member can be written.</summary>
    private static bool IsValid(string? example, PropertyInfo member)
    {
        if (string.IsNullOrWhiteSpace(example))
            return false;
        var scalar = Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType;
        if (scalar == typeof(string))
            return true;
        if (scalar == typeof(DateTimeOffset))
            return Timestamps.TryParse(example, out var at) && Timestamps.Format(at) == example;
        if (scalar == typeof(decimal))
            return decimal.TryParse(example, NumberStyles.Float, CultureInfo.InvariantCulture, out _);
        if (scalar.IsEnum)
            return Enum.GetValues(scalar)
                .Cast<object>()
                .Any(value => JsonSerializer.Serialize(value, scalar, OptionsOf(member)) == $"\"{example}\"");
        return scalar == typeof(bool) ? example is "true" or "false" : long.TryParse(example, out _);
    }

    /// <summary>How a member is written, which may have a converter of its own.</summary>
    private static JsonSerializerOptions OptionsOf(PropertyInfo member)
    {
        if (member.GetCustomAttribute<JsonConverterAttribute>() is not { ConverterType: { } converter })
            return Answer.Json;
        var options = new JsonSerializerOptions(Answer.Json);
        options.Converters.Insert(0, (JsonConverter)Activator.CreateInstance(converter)!);
        return options;
    }

    private static string? ExampleOf(PropertyInfo member) =>
        Words.GetValueOrDefault("P:" + IdOf(member.DeclaringType!) + "." + member.Name)?.Element("example")?.Value;

    private static bool Says(string id) =>
        !string.IsNullOrWhiteSpace(Words.GetValueOrDefault(id)?.Element("summary")?.Value);

    /// <summary>A type as the compiler names it where it writes down the comments.</summary>
    private static string IdOf(Type type) => type.FullName!.Replace('+', '.');

    /// <summary>Where a method stands in the source: what awaits or is a lambda was compiled to a type of its own.</summary>
    private static string NameOf(MethodDefinition method)
    {
        var names = $"{method.DeclaringType.Name} {method.Name}";
        var written = names.Split('<', '>').ElementAtOrDefault(1) is { Length: > 0 } within ? within : method.Name;
        return $"{Compiled.Outermost(method.DeclaringType).Name}.{written}";
    }

    private static string NameOf(PropertyInfo member) => $"{member.DeclaringType!.Name}.{member.Name}";

    private static void NoneForgotten(IEnumerable<string> forgotten) =>
        Assert.True(!forgotten.Any(), string.Join(Environment.NewLine, forgotten));
}
