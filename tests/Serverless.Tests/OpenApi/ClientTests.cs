using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NJsonSchema.CodeGeneration.CSharp;
using NSwag;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;
using Serverless.Functions.OpenApi;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>
/// Machines read the API's documents as the app serves them: a linter, and two generators whose clients then run the
/// quick start against the app. Their programs are in <c>tests/clients</c>.
/// </summary>
public sealed class ClientTests(ApiDocumentTests.Documents documents) : IClassFixture<ApiDocumentTests.Documents>
{
    private static readonly ProgramFolder Clients = new("tests", "clients");

    /// <summary>What is made of the documents; no part of the repository.</summary>
    private static readonly string Made = Path.Combine(Clients.Folder, "obj");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_linter_finds_nothing_to_mend()
    {
        await PrepareAsync();
        var files = ApiDescription.All.Select(api => $"obj/{api.Name}.json");
        await NodeAsync(
            ["node_modules/@redocly/cli/bin/cli.js", "lint", "--config", "lint.yaml", .. files],
            // Nothing is sent anywhere, and nothing is looked for.
            ("REDOCLY_TELEMETRY", "off"),
            ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        );
    }

    [Fact]
    public async Task A_client_in_TypeScript_runs_the_quick_start()
    {
        await PrepareAsync();
        foreach (var name in new[] { "m2m", "identities" })
            // A request need not name what has a default.
            await NodeAsync([
                "node_modules/openapi-typescript/bin/cli.js",
                $"obj/{name}.json",
                "--default-non-nullable=false",
                "-o",
                $"obj/{name}.d.ts",
            ]);
        await NodeAsync(["node_modules/typescript/bin/tsc", "--project", "."]);

        await using var app = await TestApp.StartAsync();
        var partner = await app.NewPartnerAsync();
        var output = await NodeAsync(
            ["obj/js/quick-start.js", app.Address.ToString()],
            ("API_KEY", partner.Key),
            ("WEBHOOK_SECRET", partner.Secret),
            ("IDENTITY_KEY", partner.Identity.Key),
            ("IDENTITY_SECRET", partner.Identity.Secret)
        );
        Assert.Contains("The quick start ran.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_in_CSharp_runs_the_quick_start()
    {
        var program = Compile([
            await File.ReadAllTextAsync(Path.Combine(Clients.Folder, "QuickStart.cs"), Cancel),
            await GenerateAsync("m2m", "M2M"),
            await GenerateAsync("identities", "Identities"),
        ]);
        await using var app = await TestApp.StartAsync();
        var inbox = await app.NewInboxAsync();
        var partner = await app.NewPartnerAsync();
        var keys = Activator.CreateInstance(
            program.GetType("Serverless.Clients.Keys", throwOnError: true)!,
            partner.Key,
            partner.Secret,
            partner.Identity.Key,
            partner.Identity.Secret
        )!;
        Func<Task<(IReadOnlyDictionary<string, string>, string)>> next = async () =>
        {
            await inbox.WaitForAsync(1);
            return (inbox.Received[0].Headers, inbox.Received[0].Text);
        };
        var run = program.GetType("Serverless.Clients.QuickStart", throwOnError: true)!.GetMethod("RunAsync")!;
        await (Task)run.Invoke(null, [app.Address, keys, inbox.Url, next])!;
    }

    /// <summary>The folder with its packages, and the documents in it.</summary>
    private async Task PrepareAsync()
    {
        Assert.SkipUnless(SamplePrograms.Has("node"), "Node.js is not installed.");
        await Clients.InstallAsync();
        Directory.CreateDirectory(Made);
        foreach (var api in ApiDescription.All)
            await File.WriteAllTextAsync(
                Path.Combine(Made, $"{api.Name}.json"),
                documents[api.Name].ToJsonString(),
                Cancel
            );
    }

    private static async Task<string> NodeAsync(string[] arguments, params (string, string)[] environment)
    {
        var (exitCode, output) = await Clients.RunAsync("node", arguments, environment: environment);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}:\n{output}");
        return output;
    }

    private async Task<string> GenerateAsync(string document, string name)
    {
        var read = await OpenApiDocument.FromJsonAsync(documents[document].ToJsonString(), Cancel);
        var settings = new CSharpClientGeneratorSettings
        {
            ClassName = $"{name}Client",
            GenerateOptionalParameters = true,
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            UseBaseUrl = false,
            CSharpGeneratorSettings =
            {
                Namespace = $"Serverless.Clients.{name}",
                // By the other one, NSwag's clients would send an event under its name in C#.
                JsonLibrary = CSharpJsonLibrary.NewtonsoftJson,
                GenerateNullableReferenceTypes = true,
                GenerateOptionalPropertiesAsNullable = true,
            },
        };
        return new CSharpClientGenerator(read, settings).GenerateFile();
    }

    private static Assembly Compile(string[] sources)
    {
        var known = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        var compilation = CSharpCompilation.Create(
            "Clients",
            sources.Select(source => CSharpSyntaxTree.ParseText(source, cancellationToken: Cancel)),
            known.Split(Path.PathSeparator).Select(file => MetadataReference.CreateFromFile(file)),
            new CSharpCompilationOptions(
                OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable
            )
        );
        using var made = new MemoryStream();
        var result = compilation.Emit(made, cancellationToken: Cancel);
        var problems = result.Diagnostics.Where(problem => problem.Severity == DiagnosticSeverity.Error);
        Assert.True(result.Success, string.Join('\n', problems));
        return Assembly.Load(made.ToArray());
    }
}
