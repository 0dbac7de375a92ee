using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Serverless.Functions;
using Serverless.Functions.Cip;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Mail;
using Serverless.Functions.Operations;
using Serverless.Functions.Storage;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Architecture;

/// <summary>
/// Whoever adds something and forgets one of its places (<c>.github/CONTRIBUTING.md</c>) is told here which.
/// </summary>
public sealed class AddedThingsTests
{
    private static readonly Type[] AppTypes = typeof(AppServices).Assembly.GetTypes();

    [Fact]
    public void A_partner_can_subscribe_to_every_event_or_has_another_switch_for_it() =>
        NoneForgotten(
            EventNames
                .Except(PartnerEvents.All)
                .Except([PartnerEvents.Kyc, PartnerEvents.EndpointTest])
                .Select(name =>
                    $"No partner can subscribe to '{name}': add it to {nameof(PartnerEvents)}.{nameof(PartnerEvents.All)}."
                )
        );

    [Fact]
    public void Every_event_that_a_partner_can_subscribe_to_is_raised_somewhere()
    {
        var raised = Compiled
            .Methods.Where(method => Compiled.Calls(method).Any(MakesAnEvent))
            .SelectMany(Compiled.Texts)
            .ToHashSet();
        NoneForgotten(
            PartnerEvents
                .All.Where(name => !raised.Contains(name))
                .Select(name =>
                    $"Nothing raises '{name}': the use case after which it is told has to call person.Raise(…) with it."
                )
        );
    }

    [Fact]
    public void Every_field_of_userData_that_is_declared_is_read_and_no_other()
    {
        var sample = Samples.FullUserData();
        sample["idImage"] = "data:image/jpeg;base64,/9j/AAAA";
        var read = UserData.Read(InputOf(sample), new DateOnly(2026, 11, 2));
        Assert.NotNull(read);
        var declared = UserField.All.Select(field => field.Path).ToList();
        NoneForgotten([
            .. declared
                .Except(read.Fields.Keys)
                .Select(path =>
                    $"UserField.All has '{path}', but UserData.Read keeps no such value: read it there, and give it a "
                    + "value in Samples.FullUserData."
                ),
            .. read
                .Fields.Keys.Except(declared)
                .Select(path => $"UserData.Read keeps '{path}', but UserField.All does not have it: declare it there."),
            .. read.Unknown.Select(unknown => $"UserField.All does not have '{unknown.Field}': declare it there."),
        ]);
    }

    [Fact]
    public async Task The_widget_has_words_for_what_it_asks_for_in_both_languages()
    {
        var asked = UserField.All.Where(field => field.IsForCip).ToList();
        string[] wanted =
        [
            .. asked.Select(field => field.Path),
            .. asked.Select(field => field.Parent == "name" ? "bad.name" : $"bad.{field.Path}").Distinct(),
            .. UserData.IdTypes,
        ];
        foreach (var language in new[] { "en", "es" })
        {
            var missing = await MissingTextsAsync(wanted, language);
            NoneForgotten(
                missing.Select(key => $"Widget/assets/texts.js has no '{key}' in its language '{language}'.")
            );
        }
    }

    [Fact]
    public void Every_document_that_userData_may_name_has_a_rule_for_its_number() =>
        NoneForgotten(
            UserData
                .IdTypes.Except(DocumentNumbers.Shapes.Keys)
                .Select(type =>
                    $"UserData.IdTypes has '{type}', but Typed/DocumentNumbers.cs has no rule for its number."
                )
        );

    [Theory]
    [InlineData(typeof(ICipProvider))]
    [InlineData(typeof(IKycProvider))]
    [InlineData(typeof(IPayoutRail))]
    [InlineData(typeof(IMailSender))]
    public void Every_provider_can_be_chosen(Type edge)
    {
        var makers = Compiled.Methods.Where(method =>
            Compiled.Outermost(method.DeclaringType).Name is var name
            && (
                name.EndsWith("Services", StringComparison.Ordinal)
                || name.EndsWith("Options", StringComparison.Ordinal)
            )
        );
        var made = makers.SelectMany(Compiled.Calls).SelectMany(TypesNamedBy).ToHashSet();
        NoneForgotten(
            AppTypes
                .Where(type => type is { IsClass: true } && type.IsAssignableTo(edge))
                .Where(type => !made.Contains(type.FullName!))
                .Select(type =>
                    $"Nobody can choose {type.Name}: neither the …Services.cs nor the …Options.cs of its folder makes it."
                )
        );
    }

    [Fact]
    public void Every_kind_of_row_of_a_person_is_known_to_its_erasure()
    {
        using var services = Configured.Services();
        var known = services.GetServices<RowKind>().ToList();
        NoneForgotten(
            DeclaredKinds
                .Where(declared => !known.Contains(declared.Kind))
                .Select(declared =>
                    $"An erasure would not see rows '{declared.Kind.Prefix}': call AddRow<{declared.Type.Name}>() in the "
                    + "…Services.cs of its folder."
                )
        );
    }

    /// <summary>Every kind of row, and the type that declares it.</summary>
    internal static IEnumerable<(Type Type, RowKind Kind)> DeclaredKinds =>
        from type in AppTypes
        let kind = type.GetProperty("Kind", BindingFlags.Static | BindingFlags.Public)
        where kind?.PropertyType == typeof(RowKind) && !type.IsInterface
        select (type, (RowKind)kind.GetValue(null)!);

    private static IEnumerable<string> EventNames =>
        typeof(PartnerEvents)
            .GetFields(BindingFlags.Static | BindingFlags.Public)
            .Where(constant => constant.IsLiteral)
            .Select(constant => (string)constant.GetRawConstantValue()!);

    /// <summary>True for what takes an event's name and gives the event.</summary>
    private static bool MakesAnEvent(Mono.Cecil.MethodReference method) =>
        method.ReturnType.FullName == typeof(EventRow).FullName
        && method.Parameters is [{ ParameterType.FullName: "System.String" }, ..];

    private static IEnumerable<string> TypesNamedBy(Mono.Cecil.MethodReference method) =>
        method is Mono.Cecil.GenericInstanceMethod generic
            ? generic.GenericArguments.Select(type => type.FullName)
            : [method.DeclaringType.FullName];

    private static JsonInput InputOf(JsonObject userData) =>
        JsonInput
            .Parse(Encoding.UTF8.GetBytes(new JsonObject { ["userData"] = userData.DeepClone() }.ToJsonString()))
            .Input;

    /// <summary>Those keys that the page's texts lack, as the page itself would see it.</summary>
    private static async Task<string[]> MissingTextsAsync(string[] keys, string language)
    {
        var assets = Path.Combine(Repository.Root, "functions", "Widget", "assets", "texts.js");
        var script =
            $"globalThis.document = {{ documentElement: {{ lang: '{language}' }} }};"
            + "Object.defineProperty(globalThis, 'navigator', { value: { languages: [] } });"
            + "const module = (await import('node:fs')).readFileSync(process.argv[1], 'utf8') + 'export { texts };';"
            + "const { texts } = await import('data:text/javascript,' + encodeURIComponent(module));"
            + "console.log(JSON.stringify(JSON.parse(process.argv[2]).filter((key) => !(key in texts))));";
        var (exitCode, output) = await SamplePrograms.RunAsync(
            "node",
            ["--input-type=module", "-e", script, assets, JsonSerializer.Serialize(keys)],
            []
        );
        // What failed is said at its end, after the module's text.
        Assert.True(exitCode == 0, output[^Math.Min(output.Length, 500)..]);
        return JsonSerializer.Deserialize<string[]>(output)!;
    }

    private static void NoneForgotten(IEnumerable<string> forgotten) =>
        Assert.True(!forgotten.Any(), string.Join(Environment.NewLine, forgotten));
}
