using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Settings;

/// <summary>
/// How settings reach the code: each folder declares an options class, and validates it with <c>Validate</c>. No other
/// code reads the configuration.
/// </summary>
internal static class SettingsServices
{
    /// <summary>
    /// Registers options whose properties name their settings (<see cref="SettingAttribute"/>), validated at the
    /// start.
    /// </summary>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(
        this IServiceCollection services,
        IConfiguration configuration
    )
        where TOptions : class
    {
        var reader = new SettingsReader<TOptions>(configuration);
        services.AddSingleton<IConfigureOptions<TOptions>>(reader);
        services.AddSingleton<IValidateOptions<TOptions>>(reader);
        return services.AddOptions<TOptions>().ValidateOnStart();
    }

    /// <summary>Reads options that are needed while services are registered.</summary>
    public static TOptions ReadSettings<TOptions>(this IConfiguration configuration)
        where TOptions : class, new()
    {
        var options = new TOptions();
        new SettingsReader<TOptions>(configuration).Configure(options);
        return options;
    }

    /// <summary>
    /// Stops the start with one message that names every invalid setting. The host would validate only after it has
    /// created the hosted services, and the first of these with an invalid setting would hide all other errors.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is invalid.</exception>
    public static void CheckSettings(this IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception ex) when (FailuresOf(ex) is { Count: > 0 } failures)
        {
            throw new InvalidOperationException(
                $"The app cannot start with these settings (functions/README.md lists all):{string.Concat(
                    failures.Select(failure => $"{Environment.NewLine}- {failure}")
                )}"
            );
        }
    }

    private static List<string> FailuresOf(Exception thrown) =>
        [
            .. (thrown is AggregateException several ? several.InnerExceptions : [thrown])
                .OfType<OptionsValidationException>()
                .SelectMany(ex => ex.Failures)
                .Distinct(),
        ];
}
