using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Serverless.Functions.Cip;
using Serverless.Functions.Users;
using Xunit;

namespace Serverless.Tests.Cip;

/// <summary>
/// Whatever happens to a person, in whatever order and two things at a time: its status moves along the table only, and
/// verified is final.
/// </summary>
public sealed class NeverRegressTests(TestApp app) : IClassFixture<TestApp>
{
    private const string Reference = "cust-1";
    private const int Steps = 20;
    private static readonly string[] Decisions = ["approve", "reject", "retry"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public async Task A_person_s_status_moves_along_the_table_only(int seed)
    {
        var random = new Random(seed);
        var partner = await app.NewPartnerAsync(await app.NewInboxAsync());
        TestLink? link = null;
        var tickets = new ConcurrentQueue<(string Ticket, TestLink Link)>();
        UserStatus? before = null;
        for (var step = 0; step < Steps; step++)
        {
            await Task.WhenAll(DoAsync(random.Next()), DoAsync(random.Next()));
            if (random.Next(3) == 0)
                await app.AdvanceAsync(TimeSpan.FromSeconds(random.Next(2) == 0 ? 3 : 150));
            var user = await partner.GetAsync($"/partner/users/{Reference}");
            if (user.Status == 404)
                continue;
            var status = Parse(user.Data["status"]);
            if (before is { } was)
                Assert.True(IsReachable(was, status), $"seed {seed}, step {step}: from {was} to {status}");
            before = status;
        }
        await app.IdleAsync();
        await CheckMovesAsync(partner, seed);

        async Task DoAsync(int choice)
        {
            var dice = new Random(choice);
            switch (Moves[dice.Next(Moves.Length)])
            {
                case Move.CreateLink:
                    object? data = dice.Next(3) switch
                    {
                        0 => null,
                        1 => Samples.LeastUserData(),
                        _ => Samples.FullUserData().With("idNumber", CipSteps.Curp((char)('0' + dice.Next(4)))),
                    };
                    var created = await partner.PostLinkAsync(new { referenceId = Reference, userData = data });
                    if (created.Status == 201)
                        link = new TestLink(partner, created.Data);
                    break;
                case Move.Revoke when link is not null && dice.Next(3) == 0:
                    await link.RevokeAsync();
                    break;
                case Move.Open when link is not null:
                    await link.OpenAsync();
                    break;
                case Move.AnswerDataRequest when link is not null:
                    var fields = Samples.FullUserData().With("idNumber", CipSteps.Curp((char)('0' + dice.Next(4))));
                    await partner.PutAsync(
                        $"/partner/data-requests/{link.Id.Replace("link_", "dr_", StringComparison.Ordinal)}",
                        new { referenceId = Reference, userData = fields }
                    );
                    break;
                case Move.Verify when link is not null:
                    var of = link;
                    var ticket = await partner.PostTicketAsync(of);
                    if (ticket.Status == 201)
                        tickets.Enqueue(((string)ticket.Data["ticketId"]!, of));
                    break;
                case Move.Review:
                    await partner.ReviewAsync(Reference, Decisions[dice.Next(Decisions.Length)]);
                    break;
                case Move.ProviderTells when !tickets.IsEmpty:
                    // A result that nobody waits for: late, early or twice.
                    var (id, from) = tickets.ElementAt(dice.Next(tickets.Count));
                    await app.Service<ApplyCipResult>()
                        .ExecuteAsync(
                            new TicketTimer(id, from.Id, from.CreatedAt),
                            (CipOutcome)dice.Next(3),
                            TicketDecider.Provider,
                            TestContext.Current.CancellationToken
                        );
                    break;
            }
        }
    }

    /// <summary>What partner, person, operator and provider may do; what comes twice is done twice as often.</summary>
    private static readonly Move[] Moves =
    [
        Move.CreateLink,
        Move.CreateLink,
        Move.Revoke,
        Move.Open,
        Move.AnswerDataRequest,
        Move.Verify,
        Move.Verify,
        Move.Review,
        Move.ProviderTells,
    ];

    private enum Move
    {
        CreateLink,
        Revoke,
        Open,
        AnswerDataRequest,
        Verify,
        Review,
        ProviderTells,
    }

    /// <summary>
    /// The moves that were told of are all in the table, each begins where the one before ended, and tickets agree with
    /// the person.
    /// </summary>
    private async Task CheckMovesAsync(TestPartner partner, int seed)
    {
        var rows = await app.RowsAsync("Users", $"PartitionKey eq '{partner.Id}|{Reference}'");
        var moves = rows.Where(row => row.GetString("Name") == "user.status_changed")
            .Select(row =>
                (
                    At: row.RowKey[..("event|".Length + 10)],
                    Order: row.GetInt32("Order"),
                    Data: JsonNode.Parse(row.GetString("Body")!)!["data"]!
                )
            )
            .OrderBy(row => row.At, StringComparer.Ordinal)
            .ThenBy(row => row.Order)
            .Select(row => (From: Parse(row.Data["previousStatus"]), To: Parse(row.Data["status"])))
            .ToList();
        Assert.All(moves, move => Assert.True(UserTransitions.Allows(move.From, move.To), $"seed {seed}: {move}"));
        Assert.All(moves.Zip(moves.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.DoesNotContain(UserStatus.CipVerified, moves.Select(move => move.From));
        var user = rows.Single(row => row.RowKey == "user");
        if (moves.Count > 0)
            Assert.Equal(moves[^1].To.ToString(), user.GetString("Status"));
        var tickets = rows.Where(row => row.RowKey.StartsWith("ticket|", StringComparison.Ordinal))
            .Select(row => row.GetString("Status"))
            .ToList();
        Assert.Equal(
            user.GetString("Status") == nameof(UserStatus.CipPending) ? 1 : 0,
            tickets.Count(status => status == nameof(TicketStatus.Pending))
        );
        Assert.Equal(
            user.GetString("Status") == nameof(UserStatus.CipVerified) ? 1 : 0,
            tickets.Count(status => status == nameof(TicketStatus.Verified))
        );
        Assert.Equal(
            moves.Count(move => move.To == UserStatus.CipPending && move.From == UserStatus.DataComplete),
            Math.Min(tickets.Count, 1)
        );
        await CheckIndexAsync(partner, user.GetString("Status")!);
    }

    private static async Task CheckIndexAsync(TestPartner partner, string status)
    {
        var item = Assert.Single((await partner.GetAsync("/partner/users")).Is(200).Data["items"]!.AsArray());
        Assert.Equal(status, Parse(item!["status"]).ToString());
    }

    private static UserStatus Parse(JsonNode? status) =>
        Enum.Parse<UserStatus>(((string)status!).Replace("_", "", StringComparison.Ordinal), ignoreCase: true);

    private static bool IsReachable(UserStatus from, UserStatus to)
    {
        var reached = new HashSet<UserStatus> { from };
        while (
            Enum.GetValues<UserStatus>()
                .FirstOrDefault(
                    next => !reached.Contains(next) && reached.Any(known => UserTransitions.Allows(known, next)),
                    (UserStatus)(-1)
                )
                is var found
            && (int)found >= 0
        )
            reached.Add(found);
        return reached.Contains(to);
    }
}
