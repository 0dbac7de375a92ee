namespace Serverless.Functions.Settings;

/// <summary>The setting from which a property of an options class is read.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute(string name) : Attribute
{
    /// <summary>In the configuration's spelling, with a colon instead of the environment's two underscores.</summary>
    public string Name { get; } = name;
}
