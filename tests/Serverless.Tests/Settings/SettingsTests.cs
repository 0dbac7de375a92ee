using System.Reflection;
using System.Text.RegularExpressions;
using NetArchTest.Rules;
using Serverless.Functions;
using Serverless.Functions.Settings;
using Xunit;

namespace Serverless.Tests.Settings;

/// <summary>What can be set: checked at the start, all of it at once, and written down.</summary>
public sealed partial class SettingsTests
{
    /// <summary>In no message may stand what a setting holds.</summary>
    private const string Canary = "nonsense-of-mine";

    private static readonly (string Name, Type Type)[] Settings =
    [
        .. from type in typeof(AppServices).Assembly.GetTypes()
        from property in type.GetProperties()
        let setting = property.GetCustomAttribute<SettingAttribute>()
        where setting is not null
        select (setting.Name, property.PropertyType),
    ];

    [Fact]
    public async Task A_wrong_setting_stops_the_start_and_all_of_them_are_named_at_once()
    {
        // The host cannot listen at such a port, nor find its storage or its broker, and so would not get to the app.
        var wrong = Settings
            .Where(setting => setting.Name != "port" && !IsText(setting.Type))
            .Select(setting => setting.Name)
            .Union([
                "Cip:Provider",
                "KeyVault:Uri",
                "Kyc:ProviderUrl",
                "Mail:AcsEndpoint",
                "Partners:Environment",
                "PublicBaseUrl",
                "Storage:TablePrefix",
            ])
            .Select(name => (name, (string?)Canary))
            .Append(("Links:Flows", "one, two?"))
            .Append(("Mail:From", "nobody"))
            .Append(("Kyc:Level", "a-level"))
            .Append(("Eligibility:Rules", """{"asOf":"2026-11-02"}"""))
            .ToArray();
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => TestApp.StartAsync(wrong));
        var refusal = Assert.IsType<InvalidOperationException>(failure.GetBaseException());

        var lines = refusal.Message.Split('\n');
        Assert.All(
            wrong.Select(setting => setting.Item1).Where(name => name != "Kyc:Level"),
            name => Assert.Single(lines, line => line.StartsWith($"- Setting '{name}'", StringComparison.Ordinal))
        );
        Assert.DoesNotContain(Canary, refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AzureWebJobsStorage", Canary)]
    [InlineData("AzureWebJobsStorage:tableServiceUri", "http://name.table.core.windows.net")]
    [InlineData("ServiceBusConnection", Canary)]
    [InlineData("ServiceBusConnection:fullyQualifiedNamespace", "https://name")]
    [InlineData("Secrets:KeyRing", $$"""{"current":"a","keys":{"a":"{{Canary}}"} }""")]
    [InlineData("Secrets:KeyRing", null)]
    [InlineData("port", Canary)]
    [InlineData("Operations:Rate", "0")]
    [InlineData("Operations:CancelWindow", "-00:00:01")]
    [InlineData("DataRequests:GracePeriod", "-00:00:01")]
    [InlineData("Links:Flows", " , ")]
    [InlineData("Storage:TablePrefix", "1a")]
    public void A_value_that_cannot_work_is_refused_and_not_shown(string name, string? value)
    {
        (string, string?)[] good =
        [
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
            ("ServiceBusConnection", "Endpoint=sb://localhost/;SharedAccessKeyName=a;SharedAccessKey=b"),
            ("Partners:Environment", "sandbox"),
            ("Secrets:KeyRing", $$"""{"current":"a","keys":{"a":"{{Convert.ToBase64String(new byte[32])}}"} }"""),
        ];
        using (var services = Configured.Services(good))
            services.CheckSettings();

        using var broken = Configured.Services([.. good.Where(setting => setting.Item1 != name), (name, value)]);
        var refusal = Assert.Throws<InvalidOperationException>(broken.CheckSettings);
        var line = Assert.Single(refusal.Message.Split('\n').Skip(1));
        Assert.Contains(name.Replace("Secrets:", "", StringComparison.Ordinal), line, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_setting_is_none()
    {
        (string, string?)[] empty =
        [
            ("Cip:Provider", ""),
            ("Identities:CallsPerMinute", ""),
            ("Kyc:ProviderUrl", ""),
            ("Links:Flows", ""),
            ("Mail:Smtp:Host", ""),
            ("Operations:Rate", ""),
            ("PublicBaseUrl", ""),
        ];
        using var services = Configured.Services([
            .. empty,
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
            ("ServiceBusConnection:fullyQualifiedNamespace", "name.servicebus.windows.net"),
            ("Partners:Environment", "sandbox"),
            ("KeyVault:Uri", "https://name.vault.azure.net"),
        ]);
        services.CheckSettings();
    }

    [Fact]
    public void The_table_in_the_README_has_every_setting_and_no_other()
    {
        var table = Repository
            .Read("functions", "README.md")
            .Split("\n## Settings\n")[1]
            .Split("\n## ")[0]
            .Split('\n')
            .Where(line => line.StartsWith('|'))
            .Skip(2)
            .SelectMany(line => Code().Matches(line.Split(" | ")[0]).Select(match => match.Groups[1].Value))
            .ToList();
        Assert.Equal(table.Distinct(), table);
        var settings = Settings
            .Select(setting => setting.Name.Replace(":", "__", StringComparison.Ordinal))
            .ToHashSet();
        // Secrets are known by the name that is asked for: the table has those that there are.
        Assert.True(settings.Remove("Secrets"));
        Assert.Equal(settings.Order(), table.Where(name => settings.Contains(name)).Order());
        Assert.All(
            table.Where(name => !settings.Contains(name)),
            name => Assert.StartsWith("Secrets__", name, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Nothing_reads_the_configuration_but_what_registers_services()
    {
        var readers = Types
            .InAssembly(typeof(AppServices).Assembly)
            .That()
            .HaveDependencyOnAny("Microsoft.Extensions.Configuration")
            .GetTypes()
            .Select(type => type.Name)
            .ToList();
        Assert.Contains(nameof(SettingsServices), readers);
        Assert.Contains(typeof(SettingsReader<>).Name, readers);
        Assert.All(
            readers.Where(name => name != typeof(SettingsReader<>).Name),
            name => Assert.EndsWith("Services", name, StringComparison.Ordinal)
        );
    }

    private static bool IsText(Type type) =>
        type == typeof(string)
        || type == typeof(Uri)
        || type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>);

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
