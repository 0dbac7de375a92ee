using System.Text.Json.Nodes;
using Xunit;

namespace Serverless.Tests.Links;

/// <summary>What a creation refuses.</summary>
public sealed class ValidationTests(TestApp app) : IClassFixture<TestApp>
{
    private static readonly string TooLong = new('x', 101);

    /// <summary>Member, value as JSON, and the field that is at fault; null when the value is accepted.</summary>
    public static TheoryData<string, string, string?> Members =>
        new()
        {
            { "referenceId", "null", "referenceId" },
            { "referenceId", "\"\"", "referenceId" },
            { "referenceId", "\" \"", "referenceId" },
            { "referenceId", "\"a b\"", "referenceId" },
            { "referenceId", "\"a/b\"", "referenceId" },
            { "referenceId", "\"a|b\"", "referenceId" },
            { "referenceId", "\"a\\n\"", "referenceId" },
            { "referenceId", "\"ä\"", "referenceId" },
            { "referenceId", "12", "referenceId" },
            { "referenceId", "\".\"", "referenceId" },
            { "referenceId", "\"..\"", "referenceId" },
            { "referenceId", "\"...\"", null },
            { "referenceId", "\".a\"", null },
            { "referenceId", $"\"{new string('a', 129)}\"", "referenceId" },
            { "referenceId", $"\"{new string('a', 128)}\"", null },
            { "expiresInMinutes", "4", "expiresInMinutes" },
            { "expiresInMinutes", "5", null },
            { "expiresInMinutes", "10080", null },
            { "expiresInMinutes", "10081", "expiresInMinutes" },
            { "expiresInMinutes", "0", "expiresInMinutes" },
            { "expiresInMinutes", "-60", "expiresInMinutes" },
            { "expiresInMinutes", "60.5", "expiresInMinutes" },
            { "expiresInMinutes", "\"60\"", "expiresInMinutes" },
            { "expiresInMinutes", "1e999", "expiresInMinutes" },
            { "expiresInMinutes", "99999999999999999999", "expiresInMinutes" },
            { "flow", "\"m2m-basic\"", null },
            { "flow", "\"m2m-other\"", "flow" },
            { "flow", "\"M2M-BASIC\"", "flow" },
            { "flow", "1", "flow" },
            { "theme", "\"dark\"", null },
            { "theme", $"\"{new string('a', 40)}\"", null },
            { "theme", $"\"{new string('a', 41)}\"", "theme" },
            { "theme", "\"Dark\"", "theme" },
            { "theme", "\"a_b\"", "theme" },
            { "theme", "\"\"", "theme" },
            { "theme", "\"dark\\n\"", "theme" },
            { "language", "\"en\"", null },
            { "language", "\"es\"", null },
            { "language", "\"fr\"", "language" },
            { "language", "\"ES\"", "language" },
            { "language", "true", "language" },
            { "callbackUrl", "\"https://partner.example.com/a?b=c\"", null },
            { "callbackUrl", "\"ftp://partner.example.com\"", "callbackUrl" },
            { "callbackUrl", "\"/hook\"", "callbackUrl" },
            { "callbackUrl", "\"javascript:alert(1)\"", "callbackUrl" },
            { "callbackUrl", "\"https://user:secret@partner.example.com/\"", "callbackUrl" },
            { "callbackUrl", "\"https://\"", "callbackUrl" },
            { "callbackUrl", "\"\"", "callbackUrl" },
            { "callbackUrl", "{}", "callbackUrl" },
            { "callbackUrl", $"\"https://partner.example.com/{new string('a', 2048)}\"", "callbackUrl" },
            { "metadata", "{}", null },
            { "metadata", "[]", "metadata" },
            { "metadata", "\"text\"", "metadata" },
            { "metadata", "{\"a\":null}", "metadata.a" },
            { "metadata", "{\"a\":{}}", "metadata.a" },
            { "metadata", "{\"a\":[]}", "metadata.a" },
            { "metadata", "{\"\":1}", "metadata.[0]" },
            { "metadata", "{\"ok\":1,\"a\\u0000b\":1}", "metadata.[1]" },
            { "metadata", $"{{\"{new string('k', 40)}\":1}}", null },
            { "metadata", $"{{\"{new string('k', 41)}\":1}}", "metadata.[0]" },
            { "metadata", $"{{\"a\":\"{new string('v', 500)}\"}}", null },
            { "metadata", $"{{\"a\":\"{new string('v', 501)}\"}}", "metadata.a" },
            { "metadata", Keys(20, "1"), null },
            { "metadata", Keys(21, "1"), "metadata" },
            // Counted as they are, not as somebody escapes them: 8 × 500 of one byte, 4 × 300 of three.
            { "metadata", Keys(4, $"\"{new string('語', 300)}\""), null },
            { "metadata", Keys(4, $"\"{new string('語', 345)}\""), "metadata" },
            { "metadata", Keys(8, $"\"{new string('<', 500)}\""), null },
            { "metadata", Keys(9, $"\"{new string('v', 500)}\""), "metadata" },
            { "metadata", Keys(20, "\"\\u00fc\\u00fc\""), null },
            { "userData", "[]", "userData" },
            { "userData", "\"x\"", "userData" },
            { "userData", "7", "userData" },
        };

    /// <summary>
    /// Path within userData, value as JSON, and the field that is at fault; null when the value is accepted.
    /// </summary>
    public static TheoryData<string, string, string?> UserData =>
        new()
        {
            { "name", "null", "userData.name.firstName userData.name.lastName" },
            { "name", "{}", "userData.name.firstName userData.name.lastName" },
            { "name", "\"Carlos\"", "userData.name" },
            { "name.firstName", "null", "userData.name.firstName" },
            { "name.firstName", "\"\"", "userData.name.firstName" },
            { "name.firstName", "\"   \"", "userData.name.firstName" },
            { "name.firstName", $"\"{TooLong}\"", "userData.name.firstName" },
            { "name.firstName", $"\"{TooLong[1..]}\"", null },
            { "name.firstName", "\"a\\u0007b\"", "userData.name.firstName" },
            { "name.firstName", "\"a\\u0000b\"", "userData.name.firstName" },
            { "name.firstName", "\"\\ud800\"", "userData.name.firstName" },
            { "name.firstName", "5", "userData.name.firstName" },
            { "name.lastName", "null", "userData.name.lastName" },
            { "name.secondName", "null", null },
            { "name.secondName", "\"\"", null },
            { "name.secondName", $"\"{TooLong}\"", "userData.name.secondName" },
            { "name.secondLastName", "false", "userData.name.secondLastName" },
            { "idType", "\"CURP\"", null },
            { "idType", "\"INE\"", null },
            { "idType", "\"PASSPORT\"", null },
            { "idType", "\"SSN\"", "userData.idNumber" },
            { "idType", "\"ITIN\"", "userData.idNumber" },
            { "idType", "\"DRIVERS_LICENSE\"", null },
            { "idType", "\"curp\"", "userData.idType" },
            { "idType", "\"VISA\"", "userData.idType" },
            { "idNumber", $"\"{Samples.Curp}\"", null },
            { "idNumber", $"\"{Samples.Curp.ToLowerInvariant()}\"", null },
            { "idNumber", "\"GOMC900514HDFRRL0\"", "userData.idNumber" },
            { "idNumber", "\"GOMC900514ZDFRRL09\"", "userData.idNumber" },
            { "idNumber", "\"GOMC9005141DFRRL09\"", "userData.idNumber" },
            { "idNumber", "\"GOMC٩00514HDFRRL09\"", "userData.idNumber" },
            { "idNumber", "1", "userData.idNumber" },
            { "idNumber", $"\"{new string('1', 51)}\"", "userData.idNumber" },
            { "dob", "\"1990-05-14\"", null },
            { "dob", "\"2000-02-29\"", null },
            { "dob", "\"1999-02-29\"", "userData.dob" },
            { "dob", "\"1990-13-01\"", "userData.dob" },
            { "dob", "\"14-05-1990\"", "userData.dob" },
            { "dob", "\"1990-5-14\"", "userData.dob" },
            { "dob", "\"1990-05-14T00:00:00Z\"", "userData.dob" },
            { "dob", "\"\"", "userData.dob" },
            { "dob", "19900514", "userData.dob" },
            { "dob", "\"9999-12-31\"", "userData.dob" },
            { "dob", "\"0001-01-01\"", "userData.dob" },
            { "dob", "\"1800-01-01\"", "userData.dob" },
            { "paymentMethod", "null", "userData.paymentMethod" },
            { "paymentMethod", "[]", "userData.paymentMethod" },
            { "paymentMethod", "{}", "userData.paymentMethod.type" },
            { "paymentMethod", "{\"type\":\"card\"}", "userData.paymentMethod.type" },
            { "paymentMethod", "{\"type\":\"cash\"}", "userData.paymentMethod.cash" },
            { "paymentMethod", "{\"type\":\"bank_account\"}", "userData.paymentMethod.bankAccount" },
            {
                "paymentMethod",
                "{\"type\":\"bank_account\",\"cash\":{\"provider\":\"a\",\"reference\":\"b\"}}",
                "userData.paymentMethod.bankAccount"
            },
            { "paymentMethod", "{\"type\":\"cash\",\"cash\":{\"provider\":\"a\",\"reference\":\"b\"}}", null },
            {
                "paymentMethod",
                "{\"type\":\"cash\",\"cash\":{}}",
                "userData.paymentMethod.cash.provider userData.paymentMethod.cash.reference"
            },
            { "paymentMethod", "{\"type\":\"cash\",\"cash\":[]}", "userData.paymentMethod.cash" },
            { "paymentMethod", Bank("MX", Samples.Clabe), null },
            { "paymentMethod", Bank("MX", "032180000118359718"), "userData.paymentMethod.bankAccount.accountNumber" },
            { "paymentMethod", Bank("MX", "03218000011835971"), "userData.paymentMethod.bankAccount.accountNumber" },
            { "paymentMethod", Bank("MX", "0321800001183597190"), "userData.paymentMethod.bankAccount.accountNumber" },
            { "paymentMethod", Bank("MX", "٠32180000118359719"), "userData.paymentMethod.bankAccount.accountNumber" },
            { "paymentMethod", Bank("US", "0123456789"), null },
            { "paymentMethod", Bank("DE", "DE89370400440532013000"), null },
            { "paymentMethod", Bank("US", "12 3"), "userData.paymentMethod.bankAccount.accountNumber" },
            { "paymentMethod", Bank("us", "0123456789"), "userData.paymentMethod.bankAccount.country" },
            { "paymentMethod", Bank("XX", "0123456789"), "userData.paymentMethod.bankAccount.country" },
            { "paymentMethod", Bank("USA", "0123456789"), "userData.paymentMethod.bankAccount.country" },
            { "idImage", "\"data:image/jpeg;base64,/9j/AAAA\"", null },
            { "idImage", "\"data:image/png;base64,iVBORw0KGgo=\"", null },
            { "idImage", "\"data:image/jpeg;base64,iVBORw0KGgo=\"", "userData.idImage" },
            { "idImage", "\"data:image/gif;base64,R0lGODlh\"", "userData.idImage" },
            { "idImage", "\"data:image/jpeg;base64,\"", "userData.idImage" },
            { "idImage", "\"data:image/jpeg;base64,/9j/A\"", "userData.idImage" },
            { "idImage", "\"data:image/jpeg;base64,not base64!\"", "userData.idImage" },
            { "idImage", "\"https://partner.example.com/a.jpg\"", "userData.idImage" },
            { "idImage", "\"\"", "userData.idImage" },
            { "idImage", "[]", "userData.idImage" },
        };

    [Theory]
    [MemberData(nameof(Members))]
    public async Task A_member_is_taken_or_refused_by_name(string member, string value, string? field)
    {
        var body = new JsonObject { ["referenceId"] = TestPartner.NewReference() };
        body.Remove(member);
        await CheckAsync(body.ToJsonString()[..^1] + $"{(body.Count > 0 ? "," : "")}\"{member}\":{value}}}", field);
    }

    [Theory]
    [MemberData(nameof(UserData))]
    public async Task A_member_of_userData_is_taken_or_refused_by_name(string path, string value, string? field)
    {
        // The value goes in as text: some of them are not what a JSON library would write.
        var data = Samples
            .FullUserData()
            .With(path, "@@")
            .ToJsonString()
            .Replace("\"@@\"", value, StringComparison.Ordinal);
        await CheckAsync($$"""{"referenceId":"{{TestPartner.NewReference()}}","userData":{{data}}}""", field);
    }

    [Theory]
    [InlineData(-18, 0, true)]
    [InlineData(-18, 1, false)]
    [InlineData(-121, 1, true)]
    [InlineData(-121, 0, false)]
    [InlineData(0, 1, false)]
    public async Task A_person_is_18_to_120_years_old(int years, int days, bool accepted)
    {
        var dob = DateOnly.FromDateTime(app.Clock.GetUtcNow().UtcDateTime).AddYears(years).AddDays(days);
        var data = Samples
            .FullUserData()
            .With("dob", dob.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        await CheckAsync(
            new JsonObject { ["referenceId"] = TestPartner.NewReference(), ["userData"] = data }.ToJsonString(),
            accepted ? null : "userData.dob"
        );
    }

    [Fact]
    public async Task A_CURP_whose_check_digit_fails_is_taken_because_the_documented_ones_fail_too()
    {
        foreach (var digit in "0123456789")
            await CheckAsync(
                $$"""{"referenceId":"{{TestPartner.NewReference()}}","userData":{{Samples.FullUserData().With("idNumber", Samples.Curp[..^1] + digit).ToJsonString()}}}""",
                null
            );
    }

    [Fact]
    public async Task A_picture_above_5_MB_is_refused()
    {
        var picture = new byte[(5 * 1024 * 1024) + 1];
        new byte[] { 0xFF, 0xD8, 0xFF }.CopyTo(picture, 0);
        var data = Samples.LeastUserData().With("idImage", "data:image/jpeg;base64," + Convert.ToBase64String(picture));
        await CheckAsync(
            new JsonObject { ["referenceId"] = "cust-1", ["userData"] = data }.ToJsonString(),
            "userData.idImage"
        );
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_said_at_once()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync(
            """
            {"referenceId":"a b","expiresInMinutes":1,"flow":"x","theme":"X","language":"xx","callbackUrl":"x","metadata":{"a":null,"b":[]},
             "userData":{"name":{"firstName":""},"idType":"X","idNumber":5,"dob":"1990-02-30","paymentMethod":{"type":"bank_account","bankAccount":{"country":"MX","accountNumber":"1"}},"idImage":"x"}}
            """,
            new string('k', 256)
        );
        reply.Is(400, "INVALID_REQUEST");
        Assert.Equal(
            [
                "Idempotency-Key",
                "callbackUrl",
                "expiresInMinutes",
                "flow",
                "language",
                "metadata.a",
                "metadata.b",
                "referenceId",
                "theme",
                "userData.dob",
                "userData.idImage",
                "userData.idNumber",
                "userData.idType",
                "userData.name.firstName",
                "userData.name.lastName",
                "userData.paymentMethod.bankAccount.accountNumber",
            ],
            reply.Fields.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_refusal_never_repeats_a_value()
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync(
            $$"""
            {"referenceId":"mark er1","theme":"MARKER2","flow":"marker3","language":"marker4","callbackUrl":"marker5","metadata":{"ok":["marker6"]},
             "userData":{"name":{"firstName":"marker\u00007","lastName":"{{TooLong}}"},"idNumber":"marker8","idType":"CURP","dob":"marker9","paymentMethod":{"type":"markerA"},"idImage":"markerB"} }
            """
        );
        reply.Is(400);
        Assert.DoesNotContain("mark", reply.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(TooLong, reply.Text, StringComparison.Ordinal);
    }

    private static string Keys(int count, string value) =>
        "{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"k{i}\":{value}")) + "}";

    private static string Bank(string country, string number) =>
        $$$"""{"type":"bank_account","bankAccount":{"country":"{{{country}}}","accountNumber":"{{{number}}}"}}""";

    private async Task CheckAsync(string body, string? fields)
    {
        var partner = await app.NewPartnerAsync();
        var reply = await partner.PostLinkAsync(body);
        if (fields is null)
        {
            reply.Is(201);
            return;
        }
        reply.Is(400, "INVALID_REQUEST");
        Assert.Equal(fields.Split(' '), reply.Fields);
        Assert.Empty(await partner.ListAsync());
    }
}
