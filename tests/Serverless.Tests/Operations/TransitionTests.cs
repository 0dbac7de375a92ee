using Serverless.Functions.Operations;
using Xunit;

namespace Serverless.Tests.Operations;

/// <summary>The table of moves: what is in it, and nothing else.</summary>
public sealed class TransitionTests
{
    [Fact]
    public void Only_the_four_moves_of_a_transfer_are_allowed()
    {
        var all = Enum.GetValues<OperationStatus>();
        var allowed =
            from before in all
            from after in all
            where OperationTransitions.Allows(before, after)
            select $"{before} -> {after}";
        Assert.Equal(
            ["Created -> Processing", "Created -> Cancelled", "Processing -> Completed", "Processing -> Failed"],
            allowed
        );
    }

    [Fact]
    public void A_transfer_that_ended_stays_as_it_is() =>
        Assert.Equal(
            [OperationStatus.Completed, OperationStatus.Failed, OperationStatus.Cancelled],
            Enum.GetValues<OperationStatus>().Where(OperationTransitions.IsFinal)
        );
}
