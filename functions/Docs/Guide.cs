namespace Serverless.Functions.Docs;

/// <summary>A guide, rendered.</summary>
/// <param name="Name">In its address: <c>/docs/{name}</c>.</param>
/// <param name="Title">Its first heading, as text.</param>
/// <param name="Question">The question that it answers: its first paragraph, as HTML.</param>
/// <param name="Html">All of it.</param>
/// <param name="Headings">Those below the title, in order.</param>
/// <param name="Sections">Its text, for the search.</param>
internal sealed record Guide(
    string Name,
    string Title,
    string Question,
    string Html,
    IReadOnlyList<GuideHeading> Headings,
    IReadOnlyList<GuideSection> Sections
)
{
    /// <summary>Where it is served.</summary>
    public string Address => $"/docs/{Name}";
}

/// <summary>A heading of a guide.</summary>
/// <param name="Level">2 or 3.</param>
/// <param name="Id">The anchor.</param>
/// <param name="Html">Its text, as HTML.</param>
internal sealed record GuideHeading(int Level, string Id, string Html);

/// <summary>What stands between two headings, for the search.</summary>
/// <param name="Title">The guide's.</param>
/// <param name="Heading">The section's; empty at the beginning of the guide.</param>
/// <param name="Address">Where it is.</param>
/// <param name="Text">Without any marks.</param>
internal sealed record GuideSection(string Title, string Heading, string Address, string Text);
