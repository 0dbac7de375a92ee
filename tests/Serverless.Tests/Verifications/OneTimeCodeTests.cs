using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Partners;
using Serverless.Functions.Typed;
using Serverless.Functions.Verifications;
using Serverless.Tests.Cip;
using Serverless.Tests.Identities;
using Xunit;

namespace Serverless.Tests.Verifications;

/// <summary>One-time codes: sent, verified, limited; the way of a user who returns with an e-mail address.</summary>
public class OneTimeCodeTests(TestApp app) : IClassFixture<TestApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("v0")]
    [InlineData("v1")]
    public async Task A_sparse_identity_gets_its_email_by_a_code(string version)
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(reference)).Is(201);

        Assert.Equal(
            """{"message":"OTP sent successfully"}""",
            (await partner.SendCodeAsync(reference, email, version)).Is(200).Text
        );
        (await partner.Identity.FindAsync("any-ref", email)).Is(404);
        Assert.Equal(
            """{"message":"Success"}""",
            (await partner.VerifyCodeAsync(reference, email, await app.CodeToAsync(email), version)).Is(200).Text
        );

        Assert.Equal(
            reference,
            (string)(await partner.Identity.FindAsync("any-ref", email)).Is(200).Json["identityReference"]!
        );
        Assert.True((bool)(await partner.Identity.FindAsync(reference)).Json["account"]!["exists"]!);
        await app.IdleAsync();
        Assert.Contains("email", (await partner.UserAsync(reference)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_code_merges_where_the_address_is_on_another_record()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (old, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(old, email)).Is(201);
        var account = (await partner.Identity.FindAsync(old)).Json["account"]!.ToJsonString();
        await app.AdvanceAsync(TimeSpan.FromMinutes(2));
        var (reference, _) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(reference)).Is(201);

        (await partner.SendCodeAsync(reference, email.ToUpperInvariant())).Is(200);
        Assert.NotEqual(account, (await partner.Identity.FindAsync(reference)).Json["account"]!.ToJsonString());
        var sentTo = email.ToUpperInvariant().Replace("EXAMPLE.ORG", "example.org", StringComparison.Ordinal);
        (await partner.VerifyCodeAsync(reference, $" {email} ", await app.CodeToAsync(sentTo))).Is(200);

        Assert.Equal(account, (await partner.Identity.FindAsync(reference)).Json["account"]!.ToJsonString());
        Assert.Equal(account, (await partner.Identity.FindAsync(old)).Json["account"]!.ToJsonString());
        Assert.Equal(
            reference,
            (string)(await partner.Identity.FindAsync("any-ref", email)).Json["identityReference"]!
        );
    }

    [Fact]
    public async Task A_code_is_used_once()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);

        (await partner.VerifyCodeAsync(reference, email, code)).Is(200);
        (await partner.VerifyCodeAsync(reference, email, code)).Is(422, "OtpInvalid");
    }

    [Fact]
    public async Task A_code_is_only_for_the_reference_and_the_address_it_was_sent_for()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);
        var (other, otherEmail) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(other)).Is(201);

        (await partner.VerifyCodeAsync(reference, otherEmail, code)).Is(422, "OtpInvalid");
        (await partner.VerifyCodeAsync(other, email, code)).Is(422, "OtpInvalid");
        (await partner.VerifyCodeAsync(reference, email, code)).Is(200);
    }

    [Fact]
    public async Task Three_sends_a_minute_are_admitted_for_a_reference_whatever_the_address()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(reference)).Is(201);
        (await partner.SendCodeAsync(reference, email)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(20));
        (await partner.SendCodeAsync(reference, "b." + email)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromSeconds(20));
        (await partner.SendCodeAsync(reference, "c." + email)).Is(200);

        var refused = (await partner.SendCodeAsync(reference, "d." + email)).Is(429, "TooManyRequests");
        Assert.InRange(refused.Number("Retry-After"), 1, 20);
        Assert.Empty(await app.MailsToAsync("d." + email));

        // The window slides: one call leaves it, not all.
        await app.AdvanceAsync(TimeSpan.FromSeconds(refused.Number("Retry-After")));
        (await partner.SendCodeAsync(reference, email)).Is(200);
        (await partner.SendCodeAsync(reference, email)).Is(429);
    }

    [Fact]
    public async Task Three_sends_a_minute_are_admitted_to_an_address_whatever_the_reference()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (_, email) = OneTimeCodeCalls.NewPerson();
        var references = Enumerable.Range(0, 4).Select(_ => OneTimeCodeCalls.NewPerson().Reference).ToList();
        foreach (var reference in references)
            (await partner.Identity.CreateAsync(reference)).Is(201);
        foreach (var reference in references[..3])
            (await partner.SendCodeAsync(reference, email)).Is(200);

        (await partner.SendCodeAsync(references[3], email)).Is(429, "TooManyRequests");
        Assert.Equal(3, (await app.MailsToAsync(email)).Count);
    }

    [Fact]
    public async Task Four_tries_a_minute_are_admitted_and_the_limit_comes_before_the_code()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);
        for (var i = 1; i <= 4; i++)
            (await partner.VerifyCodeAsync(reference, email, code.Other(i))).Is(422, "OtpInvalid");

        var refused = (await partner.VerifyCodeAsync(reference, email, code)).Is(429, "TooManyRequests");
        Assert.InRange(refused.Number("Retry-After"), 1, 60);
        await app.AdvanceAsync(TimeSpan.FromSeconds(refused.Number("Retry-After")));
        (await partner.VerifyCodeAsync(reference, email, code)).Is(200);
    }

    [Fact]
    public async Task Five_wrong_tries_void_a_code()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);
        for (var i = 1; i <= 5; i++)
        {
            (await partner.VerifyCodeAsync(reference, email, code.Other(i))).Is(422, "OtpInvalid");
            await app.AdvanceAsync(TimeSpan.FromSeconds(20));
        }

        (await partner.VerifyCodeAsync(reference, email, code)).Is(422, "OtpInvalid");
        (await partner.SendCodeAsync(reference, email)).Is(200);
        (await partner.VerifyCodeAsync(reference, email, await app.CodeToAsync(email))).Is(200);
    }

    [Theory]
    [InlineData(295, 200, null)]
    [InlineData(300, 422, "OtpExpired")]
    public async Task A_code_lives_for_five_minutes(int seconds, int status, string? error)
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);
        await app.AdvanceAsync(TimeSpan.FromSeconds(seconds));

        (await partner.VerifyCodeAsync(reference, email, code)).Is(status, error);
    }

    [Fact]
    public async Task A_new_send_voids_the_code_before()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, first) = await app.WithCodeAsync(partner);
        var second = first;
        while (second == first)
        {
            await app.AdvanceAsync(TimeSpan.FromSeconds(30));
            (await partner.SendCodeAsync(reference, email)).Is(200);
            second = await app.CodeToAsync(email);
        }

        (await partner.VerifyCodeAsync(reference, email, first)).Is(422, "OtpInvalid");
        (await partner.VerifyCodeAsync(reference, email, second)).Is(200);
    }

    [Fact]
    public async Task Zeros_lead()
    {
        var all = Enumerable.Range(0, 5000).Select(_ => OneTimeCode.NewDigits()).ToList();
        Assert.All(all, digits => Assert.Matches("^[0-9]{4}$", digits));
        Assert.InRange(all.Count(digits => digits[0] == '0'), 350, 650);

        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, _) = await app.WithCodeAsync(partner);
        var key = await app.KeyOfAsync(partner, reference, email);
        var fresh = await app.Service<OneTimeCodeStore>().NewAsync(key, Cancel);
        while (fresh.Digits[0] != '0')
            fresh = await app.Service<OneTimeCodeStore>().NewAsync(key, Cancel);
        await app.PutCodeAsync(key, _ => fresh.Code);

        (await partner.VerifyCodeAsync(reference, email, fresh.Digits[1..])).Is(422);
        (await partner.VerifyCodeAsync(reference, email, fresh.Digits)).Is(200);
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_told_before_anything_is_looked_up()
    {
        var partner = await app.NewOtpPartnerAsync();

        var send = await partner.Identity.PostAsync(
            "/eapi/v1/verifications/otp",
            new { identityReference = "no body", email = "nobody" }
        );
        Assert.Equal(["email", "identityReference"], send.Is(422).Fields.Order());
        var verify = await partner.Identity.PostAsync(
            "/eapi/v1/verifications/otp/verify",
            """{"identityReference":"nobody","email":"a@example.org","code":123}"""
        );
        Assert.Equal(["code"], verify.Is(422).Fields);
        (await partner.VerifyCodeAsync("nobody", "a@example.org", "123")).Is(422);
        (
            await partner.Identity.PostAsync(
                "/eapi/v1/verifications/otp",
                """{"identityReference":"nobody","email":null}"""
            )
        ).Is(400, "4002");
        (await partner.SendCodeAsync("nobody", "a@example.org")).Is(404);
        for (var i = 0; i < 6; i++)
            (await partner.VerifyCodeAsync("nobody", "a@example.org", "1234")).Is(404);
    }

    [Theory]
    [InlineData("v0")]
    [InlineData("v1")]
    public async Task Without_the_feature_both_calls_are_refused(string version)
    {
        var partner = await app.NewPartnerAsync();
        (await partner.Identity.CreateAsync("off-1")).Is(201);

        (await partner.SendCodeAsync("off-1", "off@example.org", version)).Is(403, "OtpFeatureNotEnabled");
        (await partner.VerifyCodeAsync("off-1", "off@example.org", "1234", version)).Is(403, "OtpFeatureNotEnabled");
        (await partner.SendCodeAsync("nobody", "wrong", version)).Is(403, "OtpFeatureNotEnabled");
        Assert.Empty(await app.MailsToAsync("off@example.org"));
    }

    [Fact]
    public async Task Of_a_hundred_attempts_at_once_with_the_right_code_exactly_one_succeeds()
    {
        // Two instances by one time: another test may have moved the shared app's clock.
        await using var own = await TestApp.StartAsync();
        await using var twin = await own.StartTwinAsync();
        var partner = await own.NewOtpPartnerAsync();
        var (reference, email, code) = await own.WithCodeAsync(partner);
        var instances = new[] { partner, partner.At(twin) };

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(i => instances[i % 2].VerifyCodeAsync(reference, email, code))
        );

        Assert.Single(replies, reply => reply.Status == 200);
        Assert.All(
            replies.Where(reply => reply.Status != 200),
            reply => Assert.Contains(reply.Code, new[] { "OtpInvalid", "TooManyRequests" })
        );
        Assert.Equal(3, replies.Count(reply => reply.Code == "OtpInvalid"));
        Assert.Equal(
            reference,
            (string)(await partner.Identity.FindAsync("any-ref", email)).Is(200).Json["identityReference"]!
        );
    }

    [Fact]
    public async Task Of_a_hundred_claims_at_once_without_any_limit_exactly_one_is_stored()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, _) = await app.WithCodeAsync(partner);
        var key = await app.KeyOfAsync(partner, reference, email);
        var store = app.Service<OneTimeCodeStore>();

        var stored = await Task.WhenAll(
            Enumerable
                .Range(0, 100)
                .Select(async i =>
                {
                    var rows = await store.ReadAsync(key, Cancel);
                    if (!rows.Code!.IsOpenAt(app.Clock.GetUtcNow()))
                        return false;
                    rows.Code = rows.Code.ClaimedBy($"claim {i}", app.Clock.GetUtcNow());
                    return await store.TryCommitAsync(rows, Cancel);
                })
        );

        Assert.Single(stored, success => success);
    }

    [Fact]
    public async Task Wrong_tries_at_once_are_all_counted_and_never_more_than_admitted()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);

        var first = await Task.WhenAll(
            Enumerable.Range(1, 40).Select(i => partner.VerifyCodeAsync(reference, email, code.Other(i)))
        );
        await app.AdvanceAsync(TimeSpan.FromSeconds(61));
        var second = await Task.WhenAll(
            Enumerable.Range(41, 40).Select(i => partner.VerifyCodeAsync(reference, email, code.Other(i)))
        );

        Assert.Equal(4, first.Count(reply => reply.Code == "OtpInvalid"));
        Assert.Equal(4, second.Count(reply => reply.Code == "OtpInvalid"));
        var row = Assert.Single(await app.RowsAsync("OneTimeCodes", $"PartitionKey eq '{partner.Id}' and Salt ne ''"));
        Assert.Equal((5, "Voided"), (row.GetInt32("Wrong"), row.GetString("Status")));
    }

    [Fact]
    public async Task A_claim_that_a_crash_left_behind_is_free_after_a_minute()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);
        var key = await app.KeyOfAsync(partner, reference, email);
        await app.PutCodeAsync(key, stored => stored.ClaimedBy("dead", app.Clock.GetUtcNow()));

        (await partner.VerifyCodeAsync(reference, email, code)).Is(422, "OtpInvalid");
        (await partner.VerifyCodeAsync(reference, email, code.Other())).Is(422, "OtpInvalid");
        await app.AdvanceAsync(OneTimeCode.ClaimTime);
        (await partner.VerifyCodeAsync(reference, email, code)).Is(200);
    }

    [Fact]
    public async Task A_crash_between_the_merge_and_the_codes_end_leaves_a_code_that_succeeds()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (old, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(old, email)).Is(201);
        var (reference, _) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(reference)).Is(201);
        (await partner.SendCodeAsync(reference, email)).Is(200);
        var key = await app.KeyOfAsync(partner, reference, email);
        await app.PutCodeAsync(key, stored => stored.ClaimedBy("dead", app.Clock.GetUtcNow()));
        Assert.True(EmailAddress.TryParse(email, out var address));
        Assert.IsType<EmailArrivalResult.Linked>(
            await app.Service<EmailArrival>()
                .ExecuteAsync(key.Person, address, EmailChannel.Otp, EmailTrust.Verified, Cancel)
        );
        var account = (await partner.Identity.FindAsync(reference)).Json["account"]!.ToJsonString();

        await app.AdvanceAsync(OneTimeCode.ClaimTime);
        (await partner.VerifyCodeAsync(reference, email, await app.CodeToAsync(email))).Is(200);

        Assert.Equal(account, (await partner.Identity.FindAsync(reference)).Json["account"]!.ToJsonString());
        Assert.Equal(account, (await partner.Identity.FindAsync(old)).Json["account"]!.ToJsonString());
    }

    [Fact]
    public async Task A_request_whose_claim_was_taken_over_does_not_succeed_too()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);
        var key = await app.KeyOfAsync(partner, reference, email);
        await app.PutCodeAsync(key, stored => stored.ClaimedBy("slow", app.Clock.GetUtcNow()));
        var slow = (await app.Service<OneTimeCodeStore>().ReadAsync(key, Cancel)).Code!;
        await app.AdvanceAsync(OneTimeCode.ClaimTime);
        (await partner.VerifyCodeAsync(reference, email, code)).Is(200);

        Assert.False(await app.Service<OneTimeCodeStore>().MoveAsync(key, slow, CodeStatus.Used, Cancel));
        Assert.False(await app.Service<OneTimeCodeStore>().MoveAsync(key, slow, CodeStatus.Pending, Cancel));
        (await partner.VerifyCodeAsync(reference, email, code)).Is(422, "OtpInvalid");
    }

    [Fact]
    public async Task An_address_that_somebody_is_just_linking_keeps_the_code()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (reference, email, code) = await app.WithCodeAsync(partner);
        var key = await app.KeyOfAsync(partner, reference, email);
        var (other, _) = OneTimeCodeCalls.NewPerson();
        Assert.True(
            await app.Service<EmailIndex>()
                .TryClaimAsync(key.Person with { Reference = ReferenceId.FromStorage(other) }, key.EmailHash, Cancel)
        );

        var busy = (await partner.VerifyCodeAsync(reference, email, code)).Is(409, "EmailBusy");
        Assert.Equal(5, busy.Number("Retry-After"));
        var claim = await app.Service<EmailIndex>().FindAsync(key.Person.Partner, key.EmailHash, Cancel);
        await app.Service<EmailIndex>().ReleaseAsync(key.Person.Partner, key.EmailHash, claim!, Cancel);
        (await partner.VerifyCodeAsync(reference, email, code)).Is(200);
    }

    [Fact]
    public async Task A_conflict_keeps_the_code_and_is_no_wrong_try()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (one, email) = OneTimeCodeCalls.NewPerson();
        await partner.DecidedAsync('9', one);
        (await partner.Identity.UpdateAsync(one, email)).Is(200);
        var (other, _) = OneTimeCodeCalls.NewPerson();
        var link = await partner.CreateLinkAsync(
            other,
            userData: Samples.FullUserData().With("idNumber", CipSteps.Curp('8')).With("name.lastName", "Hernández")
        );
        (await partner.PostTicketAsync(link)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.Equal("VERIFIED", await partner.Identity.KycAsync(other));
        (await partner.SendCodeAsync(other, email)).Is(200);
        var code = await app.CodeToAsync(email);

        (await partner.VerifyCodeAsync(other, email, code)).Is(422, "IdentityMergeConflict");
        (await partner.VerifyCodeAsync(other, email, code)).Is(422, "IdentityMergeConflict");

        var stored = (
            await app.Service<OneTimeCodeStore>().ReadAsync(await app.KeyOfAsync(partner, other, email), Cancel)
        ).Code!;
        Assert.Equal((CodeStatus.Pending, 0), (stored.Status, stored.Wrong));
    }

    [Fact]
    public async Task Where_only_codes_verify_a_known_address_merges_by_its_code_alone()
    {
        var partner = await app.NewOtpPartnerAsync("otp");
        var (victim, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(victim, email)).Is(201);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var account = (await partner.Identity.FindAsync(victim)).Json["account"]!.ToJsonString();
        var (reference, _) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(reference)).Is(201);

        (await partner.Identity.UpdateAsync(reference, email)).Is(200);
        Assert.NotEqual(account, (await partner.Identity.FindAsync(reference)).Json["account"]!.ToJsonString());
        Assert.Equal(victim, (string)(await partner.Identity.FindAsync("any-ref", email)).Json["identityReference"]!);

        (await partner.SendCodeAsync(reference, email)).Is(200);
        (await partner.VerifyCodeAsync(reference, email, await app.CodeToAsync(email))).Is(200);
        Assert.Equal(account, (await partner.Identity.FindAsync(reference)).Json["account"]!.ToJsonString());
    }

    [Fact]
    public async Task An_address_that_somebody_linked_without_proof_is_taken_over_by_its_code_and_nothing_merges()
    {
        var partner = await app.NewOtpPartnerAsync("otp");
        var (attacker, email) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(attacker)).Is(201);
        (await partner.Identity.UpdateAsync(attacker, email)).Is(200);
        await app.AdvanceAsync(TimeSpan.FromMinutes(1));
        var (owner, _) = OneTimeCodeCalls.NewPerson();
        (await partner.Identity.CreateAsync(owner)).Is(201);

        (await partner.SendCodeAsync(owner, email)).Is(200);
        (await partner.VerifyCodeAsync(owner, email, await app.CodeToAsync(email))).Is(200);

        Assert.Equal(owner, (string)(await partner.Identity.FindAsync("any-ref", email)).Json["identityReference"]!);
        Assert.NotEqual(
            (string)(await partner.Identity.FindAsync(attacker)).Json["account"]!["createdAt"]!,
            (string)(await partner.Identity.FindAsync(owner)).Json["account"]!["createdAt"]!
        );
        Assert.False((bool)(await partner.Identity.FindAsync(attacker)).Json["account"]!["exists"]!);
    }

    [Fact]
    public async Task The_mail_is_short_names_the_partner_and_has_no_link_and_no_code_in_its_subject()
    {
        var partner = await app.NewOtpPartnerAsync();
        var (_, email, code) = await app.WithCodeAsync(partner);

        var mail = Assert.Single(await app.MailsToAsync(email)).AsObject();

        Assert.Equal(["to", "subject", "text", "at"], mail.Select(member => member.Key));
        Assert.Equal("Your verification code", (string)mail["subject"]!);
        Assert.Equal(
            $"""
            Your verification code for A partner is

                {code}

            It is valid for 5 minutes and can be used once. Enter it only where you asked for it, and tell it to nobody.

            If you did not ask for it, ignore this mail.
            """,
            (string)mail["text"]!
        );
        Assert.InRange(
            DateTimeOffset.Parse((string)mail["at"]!, System.Globalization.CultureInfo.InvariantCulture),
            app.Clock.GetUtcNow().AddMinutes(-1),
            app.Clock.GetUtcNow()
        );
        Assert.DoesNotContain("://", (string)mail["text"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_codes_and_windows_are_forgotten_and_living_ones_are_not()
    {
        await using var own = await TestApp.StartAsync();
        var partner = await own.NewOtpPartnerAsync();
        await own.WithCodeAsync(partner);
        Assert.Equal(3, (await own.RowsAsync("OneTimeCodes")).Count);
        await own.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.InRange((await own.RowsAsync("OneTimeCodes")).Count, 0, 3);
        await own.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.Empty(await own.RowsAsync("OneTimeCodes"));

        // One minute before the clean-up, at 04:30 UTC.
        var now = own.Clock.GetUtcNow();
        var next = new DateTimeOffset(now.Date.AddHours(4).AddMinutes(29), TimeSpan.Zero);
        await own.AdvanceAsync((next > now ? next : next.AddDays(1)) - now);
        var (reference, email, code) = await own.WithCodeAsync(partner);
        await own.AdvanceAsync(TimeSpan.FromMinutes(2));
        (await partner.VerifyCodeAsync(reference, email, code)).Is(200);
    }
}
