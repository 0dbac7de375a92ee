using System.Text.Json;
using Azure.Data.Tables;
using Serverless.Functions.Ids;
using Serverless.Functions.Storage;
using Serverless.Functions.Webhooks.Deliveries;
using Xunit;

namespace Serverless.Tests.Webhooks;

/// <summary>
/// Rows and messages outlive the build that wrote them: names and order of their members are not this build's to
/// choose.
/// </summary>
public sealed class StoredDeliveryTests
{
    private const string Id = "01jt0000000000000000000000";

    /// <summary>One line in the column.</summary>
    private const string Attempts = """
        [{"number":1,"at":"2026-05-01T10:00:00.123Z","error":"no complete answer within 30 s","milliseconds":30001,
        "cycle":1},{"number":2,"at":"2026-05-01T10:01:04.000Z","status":200,"milliseconds":12,"answer":"ok",
        "note":"The answer's userData was merged.","cycle":2,"sent":{"timestamp":1777629664,"signatures":2,
        "length":321,"trace":"00-11-22-01"}}]
        """;

    /// <summary>One line in the message.</summary>
    private const string Replayed = $$"""
        {"partner":"nova","id":"{{Id}}","attempt":7,"cycle":2,"replayId":"replayed","look":3,"held":4,
        "heldSince":"2026-05-01T10:00:00.123Z","pauses":5}
        """;

    [Fact]
    public void Attempts_that_an_earlier_build_recorded_are_read_and_written_as_they_were()
    {
        var partner = PartnerId.FromStorage("nova");
        Assert.True(Ulid.TryParse(Id, out var id));
        var stored = Attempts.ReplaceLineEndings("");
        var row = new TableEntity(Delivery.PartitionOf(partner, id), id.Inverted)
        {
            ["Event"] = "user.created",
            ["Url"] = "https://nova.example.com/hook",
            ["EventPartition"] = "nova|user-1",
            ["Status"] = "Delivered",
            ["Attempts"] = stored,
            ["Cycle"] = 2,
            ["ReplayId"] = "replayed",
        };
        var delivery = Delivery.FromRow(row, partner, id);
        Assert.Equal((1, 2), (delivery.Attempts[0].Cycle, delivery.Attempts[1].Cycle));
        Assert.Null(delivery.Attempts[0].Sent);
        Assert.Equal("00-11-22-01", delivery.Attempts[1].Sent?.Trace);
        Assert.Equal(stored, delivery.ToRow()["Attempts"]);
    }

    [Theory]
    [InlineData($$"""{"partner":"nova","id":"{{Id}}","attempt":1,"cycle":1,"look":0,"held":0,"pauses":0}""")]
    [InlineData(Replayed)]
    public void A_message_that_an_earlier_build_sent_is_read_and_sent_again_as_it_was(string message)
    {
        var sent = message.ReplaceLineEndings("");
        var task = JsonSerializer.Deserialize<DeliveryTask>(sent, StoredJson.Options)!;
        Assert.Equal(sent, JsonSerializer.Serialize(task, StoredJson.Options));
    }
}
