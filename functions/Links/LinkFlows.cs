using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Serverless.Functions.Http;

namespace Serverless.Functions.Links;

/// <summary>What a link may look like and do.</summary>
internal sealed class LinkFlows(IOptions<LinkOptions> options)
{
    /// <summary>The flow where a request names none.</summary>
    public const string Default = "m2m-basic";

    /// <summary>The languages of the widget.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["en", "es"];

    /// <summary>The flows that a link may have.</summary>
    public IReadOnlyList<string> Names { get; } = options.Value.FlowNames;
}

/// <summary>One of the flows that the app is set up for.</summary>
internal sealed class FlowAttribute : OneOfAttribute
{
    protected override IReadOnlyCollection<string> Values(FieldContext context) =>
        context.Services.GetRequiredService<LinkFlows>().Names;
}

/// <summary>One of the widget's languages.</summary>
internal sealed class LanguageAttribute() : OneOfAttribute([.. LinkFlows.Languages]);
