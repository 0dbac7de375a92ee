namespace Serverless.Functions.Settings;

/// <summary>Names the setting that a property of an options class is read from.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingAttribute(string name) : Attribute
{
    /// <summary>As configuration spells it: with a colon where the environment has two underscores.</summary>
    public string Name { get; } = name;
}
