using Serverless.Infrastructure.Bicep;
using Serverless.Infrastructure.Checks;
using Serverless.Infrastructure.Code;

namespace Serverless.Infrastructure;

/// <summary>Each check finds the fault it is there for: it is run on a copy with one text changed.</summary>
public class SeededFaultTests
{
    [Theory]
    [InlineData(
        "modules/storage.bicep",
        "properties: { publicAccess: 'None' }",
        "properties: { publicAccess: 'None' ",
        "syntax error"
    )]
    [InlineData("main.bicep", "@description('Region.')\n", "", "has no description")]
    public void Syntax(string file, string text, string replacement, string problem) =>
        Finds(SyntaxCheck.Problems(Template.Mutated(file, text, replacement)), problem);

    [Theory]
    [InlineData(
        "production.bicepparam",
        "param zoneRedundant",
        "param zonesRedundant",
        "no parameter 'zonesRedundant'"
    )]
    [InlineData("production.bicepparam", "param privateEndpoints = true\n", "", "'privateEndpoints' is missing")]
    [InlineData("production.bicepparam", "= 'production'", "= 'prod'", "cannot be 'prod'")]
    [InlineData(
        "production.bicepparam",
        "param monthlyBudget = 1500",
        "param monthlyBudget = '1500'",
        "is int, not string"
    )]
    public void Parameter_file(string file, string text, string replacement, string problem) =>
        Finds(SyntaxCheck.ParameterProblems(Template.Mutated(file, text, replacement), file), problem);

    [Theory]
    [InlineData("main.bicep", "state.outputs.tableUri", "state.outputs.tablesUri", "no output 'tablesUri'")]
    [InlineData("main.bicep", "    acceptsRequests: false\n", "", "'acceptsRequests' of modules/app.bicep is missing")]
    [InlineData(
        "main.bicep",
        "    acceptsRequests: false\n",
        "    acceptsRequests: false\n    isPublic: false\n",
        "no parameter 'isPublic'"
    )]
    [InlineData("modules/app.bicep", "serverFarmId: plan.id", "serverFarmId: farm.id", "'farm' is not declared")]
    [InlineData(
        "modules/app.bicep",
        "zoneRedundant: zoneRedundant",
        "zoneRedundant: false",
        "'zoneRedundant' is never used"
    )]
    public void Name(string file, string text, string replacement, string problem) =>
        Finds(NamesCheck.Problems(Template.Mutated(file, text, replacement)), problem);

    [Theory]
    [InlineData(
        "modules/messaging.bicep",
        "disableLocalAuth: true",
        "disableLocalAuht: true",
        "disableLocalAuht is not a property"
    )]
    [InlineData(
        "modules/storage.bicep",
        "storageAccounts@2026-04-01' = {",
        "storageAccounts@2019-04-01' = {",
        "version '2019-04-01'"
    )]
    [InlineData(
        "modules/secrets.bicep",
        "    sku: { family: 'A', name: 'standard' }\n",
        "",
        "properties.sku is required"
    )]
    [InlineData("modules/secrets.bicep", "name: 'standard'", "name: 'standrad'", "'standrad' is not one of")]
    [InlineData(
        "modules/storage.bicep",
        "isVersioningEnabled: true",
        "isVersioningEnabled: 'true'",
        "is bool, not a string"
    )]
    [InlineData(
        "modules/network.bicep",
        "address.properties.ipAddress",
        "address.properties.ipAdress",
        "has no 'properties.ipAdress'"
    )]
    [InlineData(
        "modules/alerts.bicep",
        "'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'",
        "'odata.type': 'Single'",
        "must be one of"
    )]
    public void Schema(string file, string text, string replacement, string problem)
    {
        Assert.SkipWhen(Repository.Schemas is null, "No schemas.");
        Finds(new SchemaCheck(Repository.Schemas!).Problems(Template.Mutated(file, text, replacement)), problem);
    }

    [Theory]
    [InlineData(
        "main.bicep",
        "  KeyVault__Uri: secrets.outputs.uri\n",
        "",
        "'KeyVault__Uri', read in SecurityOptions, is not set"
    )]
    [InlineData(
        "modules/app.bicep",
        "  AzureWebJobsStorage__blobServiceUri: blobUri\n",
        "",
        "'AzureWebJobsStorage__blobServiceUri' is listed as read by the host and is set nowhere"
    )]
    [InlineData(
        "main.bicep",
        "  Links__Flows: linkFlows\n",
        "  Links__Flow: linkFlows\n",
        "'Links__Flow' is set and nothing reads it"
    )]
    [InlineData(
        "main.bicep",
        "  Links__Flows: linkFlows\n",
        "  Links__Flows: linkFlows\n  Webhooks__AllowPrivateNetworks: 'true'\n",
        "local development only"
    )]
    [InlineData(
        "main.bicep",
        "  Links__Flows: linkFlows\n",
        "  Links__Flows: linkFlows\n  Kyc__Level: kycLevel\n",
        "delivery: 'Kyc__Level' is set: it would ask"
    )]
    [InlineData("main.bicep", "{ Kyc__Level: kycLevel }", "{}", "api: 'Kyc__Level', read in")]
    [InlineData("modules/app.bicep", "  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '12582912'\n", "", "LIMIT' is not set")]
    [InlineData("modules/app.bicep", "'12582912'", "'1048576'", "is less than the largest body")]
    [InlineData("modules/app.bicep", "OTEL_SERVICE_NAME:", "ASPNETCORE_FORWARDEDHEADERS_ENABLED:", "must never be set")]
    [InlineData("main.bicep", "Links__Flows:", "aspnetcore_forwardedHeaders_enabled:", "must never be named")]
    public void Setting(string file, string text, string replacement, string problem) =>
        Finds(SettingsCheck.Problems(Template.Mutated(file, text, replacement), AppCode.Current), problem);

    [Theory]
    [InlineData(typeof(Seeded.ReadsSetting), "'New__Setting', read in ReadsSetting, is not set")]
    [InlineData(typeof(Seeded.ReadsSettingOfName), "'New__Own__Part', read in ReadsSettingOfName, is not set")]
    [InlineData(typeof(Seeded.ReadsConfiguration), "'IConfiguration.get_Item' reads a setting past the options")]
    [InlineData(typeof(Seeded.ReadsValue), "'ConfigurationBinder.GetValue' reads a setting past the options")]
    [InlineData(typeof(Seeded.ReadsEnvironment), "'Environment.GetEnvironmentVariable' reads a setting past the")]
    [InlineData(typeof(Seeded.Binds), "'ConfigurationBinder.Bind' reads a setting past the options")]
    [InlineData(typeof(Seeded.ReceivesElsewhere), "the connection 'Other' of its trigger is not that of the clients")]
    public void New_read_in_the_code(Type fault, string problem) =>
        Finds(SettingsCheck.Problems(Template.Current, AppCode.Current.With(fault)), problem);

    [Theory]
    [InlineData("functions.json", "    \"CreateLink\",\n", "", "'CreateLink' is missing")]
    [InlineData("functions.json", "\"CreateLink\"", "\"MakeLink\"", "no function 'MakeLink'")]
    [InlineData(
        "main.bicep",
        "disabledFunctions: functions.api",
        "disabledFunctions: []",
        "'delivery' must turn off functions.api"
    )]
    [InlineData(
        "modules/app.bicep",
        "'AzureWebJobs.${function}.Disabled'",
        "'AzureWebJobs_${function}_Disabled'",
        "must become a setting"
    )]
    public void Function(string file, string text, string replacement, string problem) =>
        Finds(FunctionsCheck.Problems(Template.Mutated(file, text, replacement), AppCode.Current), problem);

    [Theory]
    [InlineData(typeof(Seeded.Sends), "'Sends' calls addresses that partners choose")]
    [InlineData(typeof(Seeded.Probes), "'Probes' calls addresses that partners choose")]
    [InlineData(typeof(Seeded.CallsByItself), "CallsByItself makes HTTP calls")]
    public void Function_that_calls_out(Type fault, string problem) =>
        Finds(FunctionsCheck.Problems(Template.Current, AppCode.Current.With(fault)), problem);

    [Theory]
    [InlineData(typeof(Seeded.Waits), "uses Task.Delay")]
    [InlineData(typeof(Seeded.ReadsFile), "awaits File.ReadAllTextAsync")]
    [InlineData(typeof(Seeded.ReadsClock), "uses DateTimeOffset.get_UtcNow")]
    [InlineData(typeof(Seeded.MakesId), "uses Guid.NewGuid")]
    [InlineData(typeof(Seeded.LeavesTimer), "begins anew with an open timer")]
    [InlineData(typeof(Seeded.JudgesByName), "type of an activity's failure")]
    [InlineData(typeof(Seeded.JudgesByType), "type of an activity's failure")]
    public void Orchestrator(Type fault, string problem) =>
        Finds(OrchestratorsCheck.Problems(AppCode.Current.With(fault)), problem);

    [Fact]
    public void Role_that_the_code_no_longer_needs() =>
        Finds(
            RolesCheck.Problems(Template.Current, AppCode.Current.Without("DeliveryLog"), schemas: null),
            "DeliveryLog has no 'AppTables' any more"
        );

    [Fact]
    public void Excuse_that_nobody_needs() =>
        Finds(
            FunctionsCheck.Problems(Template.Current, AppCode.Current.Without("TestWebhookEndpoint")),
            "'TestWebhookEndpoint' is excused"
        );

    [Theory]
    [InlineData(
        "modules/network.bicep",
        "          natGateway: { id: nat.id }\n",
        "",
        "'api' does not leave by the address"
    )]
    [InlineData(
        "modules/network.bicep",
        "          networkSecurityGroup: { id: outbound.id }\n",
        "",
        "'delivery' is not under the rules"
    )]
    [InlineData(
        "modules/network.bicep",
        "          networkSecurityGroup: { id: outbound.id }\n          defaultOutboundAccess: false",
        "          networkSecurityGroup: { id: outbound.id }",
        "'api' has another way out"
    )]
    [InlineData("modules/network.bicep", "'192.168.0.0/16', ", "", "private ranges are not refused")]
    [InlineData(
        "modules/network.bicep",
        "var outboundRules = [\n",
        "var outboundRules = [\n  { name: 'all', access: 'Allow', to: ['*'], ports: ['443'] }\n",
        "* is allowed before private ranges"
    )]
    [InlineData(
        "modules/network.bicep",
        "  { name: 'nothing-else', access: 'Deny', to: ['*'], ports: ['*'] }\n",
        "",
        "what no rule allows is not refused"
    )]
    [InlineData(
        "main.bicep",
        "network.outputs.apiSubnetId",
        "network.outputs.endpointSubnetId",
        "'api' is in none of the subnets"
    )]
    public void Network(string file, string text, string replacement, string problem) =>
        Finds(NetworkCheck.Problems(Template.Mutated(file, text, replacement)), problem);

    [Theory]
    [InlineData(
        "main.bicep",
        "var access = [\n",
        "var access = [\n  { who: 'delivery', role: 'Storage Queue Data Contributor', on: 'state', why: 'Perhaps' }\n",
        "which nothing needs"
    )]
    [InlineData(
        "main.bicep",
        "  { who: 'delivery', role: 'Azure Service Bus Data Receiver', on: 'webhooks', why: 'DeliverWebhook' }\n",
        "",
        "delivery needs 'Azure Service Bus Data Receiver' on webhooks"
    )]
    [InlineData(
        "main.bicep",
        "row => row.on == 'vault'",
        "row => row.on == 'vaults'",
        "the roles on vault go to no module"
    )]
    [InlineData(
        "modules/secrets.bicep",
        "principalId: principals[row.who]",
        "principalId: principals.api",
        "does not come from the table"
    )]
    [InlineData(
        "modules/secrets.bicep",
        "    scope: vault\n    properties: {\n      principalId",
        "    properties: {\n      principalId",
        "has no scope"
    )]
    [InlineData("roles.json", "4633458b", "4633458c", "'Key Vault Secrets User' is not")]
    public void Role(string file, string text, string replacement, string problem)
    {
        Assert.SkipWhen(Repository.Schemas is null && file == "roles.json", "No list of built-in roles.");
        Finds(
            RolesCheck.Problems(Template.Mutated(file, text, replacement), AppCode.Current, Repository.Schemas),
            problem
        );
    }

    [Theory]
    [InlineData(
        "../queues.json",
        "\"requiresDuplicateDetection\": true",
        "\"requiresDuplicateDetection\": false",
        "must drop a second message"
    )]
    [InlineData("../queues.json", "\"maxDeliveryCount\": 10", "\"maxDeliveryCount\": 3", "deliver ten times")]
    [InlineData(
        "modules/queue.bicep",
        "maxDeliveryCount: settings.maxDeliveryCount",
        "maxDeliveryCount: 10",
        "'maxDeliveryCount' is not that of queues.json"
    )]
    [InlineData(
        "modules/queue.bicep",
        "    lockDuration: settings.lockDuration\n",
        "",
        "'lockDuration' of queues.json is left out"
    )]
    [InlineData("modules/alerts.bicep", "queues: ['webhooks']", "queues: ['hooks']", "there is no queue 'hooks'")]
    public void Queue(string file, string text, string replacement, string problem) =>
        Finds(QueuesCheck.Problems(Template.Mutated(file, text, replacement)), problem);

    [Theory]
    [InlineData(
        "modules/alerts.bicep",
        "Message startswith 'Orchestration '",
        "Message startswith 'Flow '",
        "logs no message 'Flow "
    )]
    [InlineData(
        "modules/alerts.bicep",
        "'serverless.webhook.deliveries'",
        "'serverless.deliveries'",
        "measures no 'serverless.deliveries'"
    )]
    [InlineData(
        "modules/alerts.bicep",
        "Properties['status']",
        "Properties['state']",
        "no metric has an attribute 'state'"
    )]
    public void Alert(string file, string text, string replacement, string problem) =>
        Finds(AlertsCheck.Problems(Template.Mutated(file, text, replacement), AppCode.Current), problem);

    [Theory]
    [InlineData(
        "modules/storage.bicep",
        "allowSharedKeyAccess: false",
        "allowSharedKeyAccess: true",
        "allowSharedKeyAccess must be false"
    )]
    [InlineData("modules/storage.bicep", "    allowSharedKeyAccess: false\n", "", "allowSharedKeyAccess must be false")]
    [InlineData(
        "modules/messaging.bicep",
        "disableLocalAuth: true",
        "disableLocalAuth: false",
        "disableLocalAuth must be true"
    )]
    [InlineData(
        "modules/storage.bicep",
        "output id string = account.id",
        "output id string = account.listKeys().keys[0].value",
        "listKeys yields a key"
    )]
    [InlineData(
        "sandbox.bicepparam",
        "param name = 'sandbox'",
        "param apiToken = 'abcdefgh12345678'",
        "looks like a secret"
    )]
    [InlineData(
        "roles.json",
        "\"Key Vault",
        "\"Qm9zZW5kZXIgU2Nobm91cHNlbmJlcmcgMTIzNDU2Nzg5MDEyMw==",
        "looks like a secret"
    )]
    public void Key(string file, string text, string replacement, string problem) =>
        Finds(KeysCheck.Problems(Template.Mutated(file, text, replacement)), problem);

    [Theory]
    [InlineData("modules/app.bicep", "version: '10.0'", "version: '8.0'", "the runtime is not that of net10.0")]
    [InlineData(
        "main.bicep",
        "AzureFunctionsJobHost__extensions__durableTask__hubName",
        "AzureFunctionsJobHost__extensions__durable__hubName",
        "overrides a section"
    )]
    [InlineData("main.bicep", "output deliveryName string", "output deliverer string", "no output 'deliveryName'")]
    [InlineData("main.bicep", "output egressAddress string", "output address string", "no output 'egressAddress'")]
    public void Package(string file, string text, string replacement, string problem) =>
        Finds(PackageCheck.Problems(Template.Mutated(file, text, replacement)), problem);

    [Theory]
    [InlineData(
        "\"version\": \"2.0\"",
        "\"version\": \"2.0\", \"telemetryMode\": \"OpenTelemetry\"",
        "would export the path"
    )]
    [InlineData(
        "\"enableDependencyTracking\": false",
        "\"enableDependencyTracking\": true",
        "the address of each call"
    )]
    [InlineData("\"enableHttpTriggerExtendedInfoCollection\": false", "", "would send the path of each request")]
    public void Host(string text, string replacement, string problem)
    {
        var host = File.ReadAllText(Path.Combine(Repository.Root, "host.json"));
        Finds(PackageCheck.PathProblems(host.Replace(text, replacement, StringComparison.Ordinal)), problem);
    }

    [Theory]
    [InlineData(
        "uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
        "uses: actions/checkout@v7",
        "is not pinned"
    )]
    [InlineData(
        "client-id: ${{ vars.AZURE_CLIENT_ID }}",
        "creds: ${{ secrets.AZURE_CREDENTIALS }}",
        "uses a stored secret"
    )]
    [InlineData("contents: read", "contents: write", "is not needed")]
    [InlineData("\npermissions: {}\n", "\n", "must begin with no permissions")]
    public void Workflow(string text, string replacement, string problem) =>
        Finds(
            WorkflowCheck.Problems(
                WorkflowCheck.Files.ToDictionary(
                    file => file.Key,
                    file => file.Value.Replace(text, replacement, StringComparison.Ordinal)
                )
            ),
            problem
        );

    [Theory]
    [InlineData(typeof(Seeded.AsksForSecret), "'New--Secret' is not named")]
    [InlineData(typeof(Seeded.AsksForAnySecret), "by a name that is no constant")]
    public void Secret(Type fault, string problem) =>
        Finds(PackageCheck.UnknownSecrets(AppCode.Current.With(fault), "`KeyRing`"), problem);

    private static void Finds(IEnumerable<string> problems, string expected) =>
        Assert.Contains(problems, problem => problem.Contains(expected, StringComparison.Ordinal));
}
