using System.Text;
using System.Text.Json.Nodes;
using Serverless.Tests.Cip;
using Serverless.Tests.KycSharing;
using Xunit;

namespace Serverless.Tests.Reviews;

/// <summary>
/// Pictures of documents: shown of somebody who waits, to an operator whose look is written down first.
/// </summary>
public sealed class ReviewPictureTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_shared_document_of_somebody_who_waits_is_shown_as_it_was_sent()
    {
        var partner = await app.NewPartnerAsync();
        var picture = Jpeg(100);
        await SharedAsync(partner, "shown-1", picture);
        var document = await OnlyDocumentAsync(partner);
        Assert.Equal("PASSPORT", (string)document["kind"]!);
        var reply = await LookAsync(partner, "shown-1", document);
        Assert.Equal(picture, reply.Bytes);
        Assert.Equal("image/jpeg", reply.MediaType);
    }

    [Fact]
    public async Task A_picture_of_many_rows_that_came_with_a_link_is_whole()
    {
        var partner = await app.NewPartnerAsync();
        var picture = Jpeg(2_000_000);
        var userData = Samples.FullUserData().With("idNumber", CipSteps.Curp('2')).With("idImage", Uri(picture));
        var link = await partner.CreateLinkAsync("large-1", userData: userData);
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        var document = await OnlyDocumentAsync(partner);
        Assert.Equal("ID_IMAGE", (string)document["kind"]!);
        Assert.Equal(picture, (await LookAsync(partner, "large-1", document)).Bytes);
    }

    [Fact]
    public async Task Nothing_on_the_way_keeps_a_picture_and_a_browser_that_opens_its_address_shows_none()
    {
        var partner = await app.NewPartnerAsync();
        await SharedAsync(partner, "headers-1", Jpeg(100));
        var reply = await LookAsync(partner, "headers-1", await OnlyDocumentAsync(partner));
        Assert.Equal("no-store", reply["Cache-Control"]);
        Assert.Equal("nosniff", reply["X-Content-Type-Options"]);
        Assert.Equal("default-src 'none'; sandbox", reply["Content-Security-Policy"]);
        Assert.Equal("same-origin", reply["Cross-Origin-Resource-Policy"]);
        Assert.Matches("^attachment; filename=\"?doc_[0-9a-z]{26}\\.jpg\"?$", reply["Content-Disposition"]);
    }

    [Fact]
    public async Task Every_look_is_written_into_the_audit_with_who_and_why()
    {
        var partner = await app.NewPartnerAsync();
        await SharedAsync(partner, "audited-1", Jpeg(100));
        var document = await OnlyDocumentAsync(partner);
        await LookAsync(partner, "audited-1", document, ("X-Operator", "Ana"), ("X-Reason", "To%20decide"));
        await LookAsync(partner, "audited-1", document);
        var acts = (await app.GetAsync($"/operator/audit?act=viewReviewPicture&partnerId={partner.Id}")).Is(200).Data[
            "items"
        ]!.AsArray();
        Assert.Equal(["unnamed", "Ana"], acts.Select(act => (string)act!["operator"]!));
        var first = acts[1]!;
        Assert.Equal("To decide", (string)first["reason"]!);
        Assert.Equal("audited-1", (string)first["reference"]!);
        Assert.Equal((string)document["pictureId"]!, (string)first["target"]!["pictureId"]!);
        Assert.Equal(("succeeded", 200), ((string)first["outcome"]!, (int)first["status"]!));
    }

    [Fact]
    public async Task A_look_that_cannot_be_written_down_shows_nothing()
    {
        await using var broken = await TestApp.StartAsync();
        broken.ExpectErrors();
        var partner = await broken.NewPartnerAsync();
        await SharedAsync(partner, "broken-1", Jpeg(100));
        var path = PathOf(partner.Id, "broken-1", await OnlyDocumentAsync(partner));
        await broken.Table("Audit").DeleteAsync(Cancel);
        using var raw = await RawHttp.ConnectAsync(broken.Address);
        var reply = await raw.SendAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        Assert.Equal(503, reply.Status);
        Assert.Contains("AUDIT_UNAVAILABLE", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task There_is_no_picture_of_another_partners_person_or_of_another_persons_document()
    {
        var partner = await app.NewPartnerAsync();
        var other = await app.NewPartnerAsync();
        await SharedAsync(partner, "mine-1", Jpeg(100));
        await SharedAsync(other, "theirs-1", Jpeg(200));
        var (mine, theirs) = (await OnlyDocumentAsync(partner), await OnlyDocumentAsync(other));
        foreach (
            var path in new[]
            {
                PathOf(other.Id, "mine-1", mine),
                PathOf(other.Id, "theirs-1", mine),
                PathOf(partner.Id, "mine-1", theirs),
                PathOf(partner.Id, "nobody", mine),
                PathOf(partner.Id, "mine-1", "idImage"),
                PathOf(partner.Id, "mine-1", "doc_"),
                PathOf(partner.Id, "mine-1", "doc_01m8kp85402f4h6k8n1q3s5v7x|00"),
                PathOf("nobody", "mine-1", mine),
            }
        )
            (await app.GetAsync(path)).Is(404, "RESOURCE_NOT_FOUND");
    }

    [Fact]
    public async Task Once_it_is_decided_there_is_no_picture()
    {
        var partner = await app.NewPartnerAsync();
        await SharedAsync(partner, "decided-1", Jpeg(100));
        var path = PathOf(partner.Id, "decided-1", await OnlyDocumentAsync(partner));
        (await app.GetAsync(path)).Is(200);
        var review = $"/operator/partners/{partner.Id}/identities/decided-1/review";
        (await app.PostAsync(review, new { decision = "approve" })).Is(200);
        (await app.GetAsync(path)).Is(404);
    }

    [Fact]
    public async Task Of_an_erased_person_there_is_no_picture()
    {
        var partner = await app.NewPartnerAsync();
        await SharedAsync(partner, "erased-1", Jpeg(100));
        var path = PathOf(partner.Id, "erased-1", await OnlyDocumentAsync(partner));
        (await partner.SendAsync(HttpMethod.Delete, "/partner/users/erased-1", null)).Is(200);
        (await app.GetAsync(path)).Is(404);
        await app.IdleAsync();
        (await app.GetAsync(path)).Is(404);
    }

    private static async Task SharedAsync(TestPartner partner, string reference, byte[] picture)
    {
        (await partner.DocumentsAsync(reference, new { type = "PASSPORT", image = Uri(picture) })).Is(202);
        await partner.App.IdleAsync();
    }

    private async Task<Reply> LookAsync(
        TestPartner partner,
        string reference,
        JsonNode document,
        params (string, string)[] headers
    ) => (await app.GetAsync(PathOf(partner.Id, reference, document), headers)).Is(200);

    private static async Task<JsonNode> OnlyDocumentAsync(TestPartner partner)
    {
        var reviews = (await partner.App.GetAsync($"/operator/reviews?partnerId={partner.Id}")).Is(200).Data["items"]!;
        return Assert.Single(Assert.Single(reviews.AsArray())!["documents"]!.AsArray())!;
    }

    private static string PathOf(string partner, string reference, JsonNode document) =>
        PathOf(partner, reference, (string)document["pictureId"]!);

    private static string PathOf(string partner, string reference, string picture) =>
        $"/operator/partners/{partner}/reviews/{reference}/pictures/{picture}";

    /// <summary>Begins as a JPEG does, which is all that is looked at; the rest is like nothing else.</summary>
    private static byte[] Jpeg(int size)
    {
        var picture = new byte[size];
        new Random(size).NextBytes(picture);
        picture[0] = 0xFF;
        picture[1] = 0xD8;
        picture[2] = 0xFF;
        return picture;
    }

    private static string Uri(byte[] picture) => "data:image/jpeg;base64," + Convert.ToBase64String(picture);
}
