using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Serverless.Functions.Settings;

/// <summary>
/// Fills an options class from the settings that its properties name. An empty setting counts as missing, because a
/// template cannot always omit one: the property keeps its default.
/// </summary>
/// <remarks>
/// The framework's binder stops at the first invalid value and shows it. Here it binds one property at a time, so that
/// all invalid settings are named, without their values.
/// </remarks>
internal sealed class SettingsReader<TOptions>(IConfiguration configuration)
    : IConfigureOptions<TOptions>,
        IValidateOptions<TOptions>
    where TOptions : class
{
    private static readonly (string Name, PropertyInfo Property)[] Settings =
    [
        .. from property in typeof(TOptions).GetProperties()
        let setting = property.GetCustomAttribute<SettingAttribute>()
        where setting is not null
        select (setting.Name, property),
    ];

    public void Configure(TOptions options)
    {
        foreach (var (name, property) in Settings)
        {
            // A read-only property is a dictionary to fill with the settings below a name.
            if (!property.CanWrite)
                configuration.GetSection(name).Bind(property.GetValue(options));
            else if (TryRead(name, property, out var value) && value is not null)
                property.SetValue(options, value);
        }
    }

    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var failures = Settings
            .Where(setting => setting.Property.CanWrite && !TryRead(setting.Name, setting.Property, out _))
            .Select(setting => $"Setting '{setting.Name}' must be {Expected(setting.Property.PropertyType)}.")
            .ToList();
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private bool TryRead(string name, PropertyInfo property, out object? value)
    {
        value = null;
        var section = configuration.GetSection(name);
        if (section.Value is not { Length: > 0 })
            return true;
        try
        {
            value = section.Get(property.PropertyType);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Expected(Type type) =>
        (Nullable.GetUnderlyingType(type) ?? type) switch
        {
            var known when known == typeof(bool) => "true or false",
            var known when known == typeof(int) => "a whole number",
            var known when known == typeof(decimal) => "a number such as 17.05",
            var known when known == typeof(TimeSpan) => "a time such as 00:00:30",
            _ => "an address such as https://www.example.com",
        };
}
