using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Settings;

/// <summary>
/// How settings reach the code: each folder that has some declares an options class, and says with <c>Validate</c> what
/// is wrong. Nothing else reads the configuration.
/// </summary>
internal static class SettingsServices
{
    /// <summary>
    /// Options whose properties name their settings (<see cref="SettingAttribute"/>), checked at the start.
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

    /// <summary>For what has to be known while services are registered.</summary>
    public static TOptions ReadSettings<TOptions>(this IConfiguration configuration)
        where TOptions : class, new()
    {
        var options = new TOptions();
        new SettingsReader<TOptions>(configuration).Configure(options);
        return options;
    }

    /// <summary>
    /// Ends the start with one message that names every wrong setting. The host would check the options by itself, but
    /// only after it has made the hosted services, of which the first to need a wrong one would end the start alone.
    /// </summary>
    /// <exception cref="InvalidOperationException">A setting is wrong.</exception>
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
