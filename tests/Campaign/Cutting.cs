namespace Serverless.Campaign;

/// <summary>
/// Finds a shorter history that breaks the same invariant: parts are left out, large ones first, and what still fails
/// goes on.
/// </summary>
internal static class Cutting
{
    /// <param name="steps">A history that failed.</param>
    /// <param name="fails">Takes a part of it, and says whether it fails in the same way.</param>
    /// <param name="end">When to be content with what was found.</param>
    public static async Task<IReadOnlyList<Step>> ShortestAsync(
        IReadOnlyList<Step> steps,
        Func<IReadOnlyList<Step>, Task<bool>> fails,
        DateTime end
    )
    {
        var size = Math.Max(1, steps.Count / 2);
        while (DateTime.UtcNow < end)
        {
            var wasCut = false;
            for (var from = 0; from < steps.Count && DateTime.UtcNow < end; )
            {
                IReadOnlyList<Step> rest = [.. steps.Take(from), .. steps.Skip(from + size)];
                if (rest.Count < steps.Count && rest.Count > 0 && await fails(rest))
                    (steps, wasCut) = (rest, true);
                else
                    from += size;
            }
            if (size == 1 && !wasCut)
                break;
            size = Math.Max(1, size / 2);
        }
        return steps;
    }
}
