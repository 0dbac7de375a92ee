using Xunit;

namespace Serverless.Conformance.Durable;

/// <summary>What an orchestrator and its activities see, on both stores.</summary>
public sealed class OrchestrationTests
{
    public static TheoryData<Store> Stores => [Store.Embedded, Store.AzureStorage];

    [Theory, MemberData(nameof(Stores))]
    public async Task Activities_in_a_row_hand_on_their_results(Store store)
    {
        await using var hub = await TestHub.StartAsync(store);

        var id = await hub.StartAsync("Chain", "x");
        var ended = await hub.EndAsync(id);

        Assert.Equal("Completed \"x!!!\"", TestHub.Text(ended));
        Assert.Equal("{\"steps\":3}", ended.SerializedCustomStatus);
        Assert.Equal("\"x\"", ended.SerializedInput);
        Assert.Equal("Chain", ended.Name);
    }
}
