using System.Text.Json;
using System.Text.Json.Serialization;
using Serverless.Functions.Http;

namespace Serverless.Functions.Eligibility;

/// <summary>A period over which amounts are added up; <see cref="Transaction"/> covers a single transaction.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Length">How far back it reaches.</param>
internal sealed record LimitWindow(LimitedWindow Kind, TimeSpan Length)
{
    /// <summary>Its name in the data file and in answers.</summary>
    public string Name { get; } = Kind.ToString().ToLowerInvariant();

    public static LimitWindow Transaction { get; } = new(LimitedWindow.Transaction, TimeSpan.Zero);

    /// <summary>The rolling windows, shortest first.</summary>
    public static IReadOnlyList<LimitWindow> Rolling { get; } =
    [
        new(LimitedWindow.Daily, TimeSpan.FromHours(24)),
        new(LimitedWindow.Weekly, TimeSpan.FromDays(7)),
        new(LimitedWindow.Monthly, TimeSpan.FromDays(30)),
        new(LimitedWindow.Annual, TimeSpan.FromDays(365)),
    ];

    public static IReadOnlyList<LimitWindow> All { get; } = [Transaction, .. Rolling];
}

/// <summary>
/// What must be known about a person up to an amount. Limits are keyed by window name, in the rules' currency.
/// </summary>
internal sealed record Tier(
    string Name,
    IReadOnlyList<string> Requirements,
    IReadOnlyDictionary<string, decimal> Limits,
    bool FirstTransactionOnly = false
);

/// <summary>A crypto asset.</summary>
/// <param name="Price">The price of one unit, in the rules' currency.</param>
/// <param name="Blockchains">The blockchains on which it is offered.</param>
/// <param name="Restricted">Countries, groups or states (<c>US-NY</c>) where it is not offered.</param>
internal sealed record Asset(
    decimal Price,
    IReadOnlyList<string> Blockchains,
    IReadOnlyList<string>? Restricted = null
);

/// <summary>The amounts that the provider or one of its payment methods accepts, in the rules' currency.</summary>
internal sealed record ProviderTerms(decimal Min, IReadOnlyDictionary<string, decimal> Limits);

/// <summary>
/// The rules as data: <c>rules.json</c>, or what the setting
/// <c>Eligibility:Rules</c> holds (JSON) or names (a file).
/// </summary>
internal sealed record EligibilityRules
{
    public const string DefaultTable = "default";

    private const string Setting = "Eligibility:Rules";

    /// <summary>The date of the rates and prices.</summary>
    public required DateOnly AsOf { get; init; }

    /// <summary>The currency of all amounts here.</summary>
    public required string Currency { get; init; }

    /// <summary>In years.</summary>
    public required int MinimumAge { get; init; }

    /// <summary>The value of one unit of each currency, in the rules' currency.</summary>
    public required IReadOnlyDictionary<string, decimal> Fiats { get; init; }

    /// <summary>By their symbol.</summary>
    public required IReadOnlyDictionary<string, Asset> Cryptos { get; init; }

    /// <summary>Groups of countries.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; init; }

    /// <summary>Countries, groups or states where nothing is offered.</summary>
    public required IReadOnlyList<string> Restricted { get; init; }

    /// <summary>Tiers, lowest first, by country, group or <see cref="DefaultTable"/>.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<Tier>> Tables { get; init; }

    /// <summary>The terms where a payment method has none of its own.</summary>
    public required ProviderTerms Provider { get; init; }

    /// <summary>Payment methods with terms of their own.</summary>
    public required IReadOnlyDictionary<string, ProviderTerms> Methods { get; init; }

    // A misspelt member would silently lift a limit.
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        NumberHandling = JsonNumberHandling.Strict,
        ReadCommentHandling = JsonCommentHandling.Skip,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Reads and checks the rules.</summary>
    /// <exception cref="InvalidOperationException">
    /// The rules cannot be read or are inconsistent; the message lists every problem.
    /// </exception>
    public static EligibilityRules Load(string? setting)
    {
        if (string.IsNullOrEmpty(setting))
            return Parse(BuiltIn(), "rules.json");
        return setting.TrimStart().StartsWith('{')
            ? Parse(setting, $"Setting '{Setting}'")
            : ReadFile(Path.GetFullPath(setting, AppContext.BaseDirectory));
    }

    /// <summary>The text of the rules that come with the app.</summary>
    public static string BuiltIn()
    {
        using var reader = new StreamReader(
            typeof(EligibilityRules).Assembly.GetManifestResourceStream("eligibility/rules.json")!
        );
        return reader.ReadToEnd();
    }

    public static EligibilityRules Parse(string json, string source)
    {
        try
        {
            var rules =
                JsonSerializer.Deserialize<EligibilityRules>(json, Strict)
                ?? throw new JsonException("null is no set of rules");
            var problems = new EligibilityRulesCheck(rules).Problems();
            return problems.Count == 0
                ? rules
                : throw new InvalidOperationException($"{source}: {string.Join("; ", problems)}.");
        }
        catch (JsonException ex)
        {
            throw new InvalidOperationException($"{source}: {ex.Message}", ex);
        }
    }

    /// <summary>The tiers of a country; null stands for an unknown country.</summary>
    public IReadOnlyList<Tier> TiersOf(string? country)
    {
        if (country is null)
            return Tables[DefaultTable];
        return Tables.TryGetValue(country, out var own)
            ? own
            : Groups
                .Where(group => group.Value.Contains(country))
                .Select(group => Tables.GetValueOrDefault(group.Key))
                .FirstOrDefault(table => table is not null)
                ?? Tables[DefaultTable];
    }

    /// <summary>True where a list of countries, groups and states names a place.</summary>
    public bool Names(IReadOnlyList<string>? list, string? country, string? state) =>
        list is not null
        && country is not null
        && list.Any(entry =>
            entry == country
            || (state is not null && entry == $"{country}-{state}")
            || (Groups.TryGetValue(entry, out var group) && group.Contains(country))
        );

    /// <summary>Tells the caller of a method without terms of its own: it may be a typing error.</summary>
    public void WarnOfMethod(TransactionRequest request, JsonInput body)
    {
        if (!Methods.ContainsKey(request.Method))
            body.Warn([
                new ErrorDetail(
                    "method",
                    "has no limits of its own, so those that most have were used. These have some: "
                        + string.Join(", ", Methods.Keys.Order(StringComparer.Ordinal))
                ),
            ]);
    }

    /// <summary>The terms of a payment method: its own, completed by the provider's.</summary>
    public ProviderTerms TermsOf(string method) =>
        Methods.TryGetValue(method, out var own)
            ? own with
            {
                Limits = Provider
                    .Limits.Concat(own.Limits)
                    .GroupBy(limit => limit.Key)
                    .ToDictionary(limit => limit.Key, limit => limit.Last().Value),
            }
            : Provider;

    private static EligibilityRules ReadFile(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path), path);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(
                $"Setting '{Setting}' names a file that cannot be read: {ex.Message}",
                ex
            );
        }
    }
}
