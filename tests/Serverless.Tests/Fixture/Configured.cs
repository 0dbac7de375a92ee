using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions;

namespace Serverless.Tests;

/// <summary>The app's services and options as settings make them, without the app.</summary>
internal static class Configured
{
    /// <summary>All services of the app; nothing is started.</summary>
    public static ServiceProvider Services(params (string Name, string? Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddApp(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Name, setting.Value)))
                .Build()
        );
        return services.BuildServiceProvider();
    }

    /// <summary>One folder's options.</summary>
    /// <exception cref="OptionsValidationException">A setting of theirs is wrong.</exception>
    public static IOptions<TOptions> Options<TOptions>(params (string Name, string? Value)[] settings)
        where TOptions : class
    {
        using var services = Services(settings);
        return Microsoft.Extensions.Options.Options.Create(services.GetRequiredService<IOptions<TOptions>>().Value);
    }
}
