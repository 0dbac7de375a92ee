using System.Globalization;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;
using Serverless.Functions.Typed;
using Serverless.Functions.Verifications;
using Xunit;

namespace Serverless.Tests.Verifications;

/// <summary>The two calls in short.</summary>
internal static class OneTimeCodeCalls
{
    private static int _people;

    /// <summary>A reference and an address that nobody has heard of.</summary>
    public static (string Reference, string Email) NewPerson()
    {
        var number = Interlocked.Increment(ref _people);
        return ($"otp-{number}", $"person{number}@example.org");
    }

    public static Task<TestPartner> NewOtpPartnerAsync(this TestApp app, string emailVerification = "partner") =>
        app.NewPartnerAsync(settings: new { otpEnabled = true, emailVerification });

    public static Task<Reply> SendCodeAsync(
        this TestPartner partner,
        string reference,
        string email,
        string version = "v1"
    ) => partner.Identity.PostAsync($"/eapi/{version}/verifications/otp", new { identityReference = reference, email });

    public static Task<Reply> VerifyCodeAsync(
        this TestPartner partner,
        string reference,
        string email,
        string code,
        string version = "v1"
    ) =>
        partner.Identity.PostAsync(
            $"/eapi/{version}/verifications/otp/verify",
            new
            {
                identityReference = reference,
                email,
                code,
            }
        );

    /// <summary>A sparse identity to whose address a code was sent; its digits.</summary>
    public static async Task<(string Reference, string Email, string Code)> WithCodeAsync(
        this TestApp app,
        TestPartner partner
    )
    {
        var (reference, email) = NewPerson();
        (await partner.Identity.PostAsync("/eapi/v0/identities/basic", new { identityReference = reference })).Is(201);
        (await partner.SendCodeAsync(reference, email)).Is(200);
        return (reference, email, await app.CodeToAsync(email));
    }

    /// <summary>Digits that are not the code's.</summary>
    public static string Other(this string code, int by = 1) =>
        ((int.Parse(code, CultureInfo.InvariantCulture) + by) % 10_000).ToString("0000", CultureInfo.InvariantCulture);

    public static async Task<CodeKey> KeyOfAsync(this TestApp app, TestPartner partner, string reference, string email)
    {
        Assert.True(EmailAddress.TryParse(email, out var address));
        var id = PartnerId.FromStorage(partner.Id);
        return new CodeKey(
            new PersonKey(id, ReferenceId.FromStorage(reference)),
            await app.Service<EmailIndex>().HashAsync(id, address, TestContext.Current.CancellationToken)
        );
    }

    /// <summary>Changes the stored code as no request would.</summary>
    public static async Task PutCodeAsync(this TestApp app, CodeKey key, Func<OneTimeCode, OneTimeCode> change)
    {
        var store = app.Service<OneTimeCodeStore>();
        var rows = await store.ReadAsync(key, TestContext.Current.CancellationToken);
        rows.Code = change(rows.Code!);
        Assert.True(await store.TryCommitAsync(rows, TestContext.Current.CancellationToken));
    }
}
