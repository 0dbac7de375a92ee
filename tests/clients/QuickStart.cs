// The quick start by clients that NSwag generates from the API's documents. It is compiled together with them, by a test.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Serverless.Clients.Identities;
using Serverless.Clients.M2M;
using StandardWebhooks;

namespace Serverless.Clients;

/// <summary>The keys and secrets of a partner.</summary>
public sealed record Keys(string ApiKey, string WebhookSecret, string IdentityKey, string IdentitySecret);

public static class QuickStart
{
    /// <summary>Runs it; throws where an answer is another one than the document says.</summary>
    /// <param name="app">The app's address.</param>
    /// <param name="keys">The partner's.</param>
    /// <param name="url">Where webhooks are received.</param>
    /// <param name="nextWebhook">Waits for one.</param>
    public static async Task RunAsync(
        Uri app,
        Keys keys,
        string url,
        Func<Task<(IReadOnlyDictionary<string, string> Headers, string Body)>> nextWebhook
    )
    {
        using var http = new HttpClient { BaseAddress = app };
        http.DefaultRequestHeaders.Add("X-API-Key", keys.ApiKey);
        await LinksAsync(new M2MClient(http) { ReadResponseAsString = true }, keys, url, nextWebhook);
        using var signing = new HttpClient(new SigningHandler(keys)) { BaseAddress = app };
        await IdentitiesAsync(new IdentitiesClient(signing));
    }

    private static async Task LinksAsync(
        M2MClient client,
        Keys keys,
        string url,
        Func<Task<(IReadOnlyDictionary<string, string> Headers, string Body)>> nextWebhook
    )
    {
        var endpoint = await client.PutWebhookEndpointAsync(
            new SetEndpointRequest { Url = new Uri(url), Events = [Events2.Link_created] }
        );
        Equal(url, endpoint.Data.Url);

        var created = (
            await client.CreateLinkAsync(
                new CreateLinkRequest
                {
                    ReferenceId = "cust-7002",
                    UserData = new UserData
                    {
                        Name = new Name
                        {
                            FirstName = "Ana",
                            SecondName = "",
                            LastName = "Torres",
                            SecondLastName = "Soto",
                        },
                        IdType = UserDataIdType.CURP,
                        IdNumber = "TOSA900514MDFRRN09",
                        Dob = new DateTimeOffset(1990, 5, 14, 0, 0, 0, TimeSpan.Zero),
                        PaymentMethod = new PaymentMethod
                        {
                            Type = "bank_account",
                            BankAccount = new BankAccount { Country = "MX", AccountNumber = "032180000118359719" },
                        },
                    },
                },
                idempotency_Key: "quick-start-1"
            )
        ).Data;

        try
        {
            await client.CreateLinkAsync(new CreateLinkRequest { ReferenceId = "cust-7002" });
            throw new InvalidOperationException("A second link was not refused.");
        }
        catch (M2M.ApiException refused) when (refused.StatusCode == 409)
        {
            using var answer = JsonDocument.Parse(refused.Response!);
            var error = answer.RootElement.GetProperty("error");
            Equal("ACTIVE_LINK_EXISTS", error.GetProperty("code").GetString());
            Equal(created.LinkId, error.GetProperty("link").GetProperty("linkId").GetString());
        }

        Equal(created.LinkId, (await client.GetLinkAsync(created.LinkId)).Data.LinkId);
        var listed = await client.ListLinksAsync(referenceId: "cust-7002");
        Equal(created.LinkId, listed.Data.Items.Single().LinkId);

        var (headers, body) = await nextWebhook();
        var sent = new HeaderDictionary();
        foreach (var (name, value) in headers)
            sent[name] = value;
        new StandardWebhook(keys.WebhookSecret).Verify(body, sent);
        Equal("cust-7002", (await client.GetUserAsync("cust-7002")).Data.ReferenceId);
    }

    private static async Task IdentitiesAsync(IdentitiesClient client)
    {
        await client.CreateIdentityAsync(new() { IdentityReference = "user-7002", Email = "ana2@example.org" });
        Equal("user-7002", (await client.GetIdentityAsync("user-7002")).IdentityReference);
        var judged = await client.CheckEligibilityAsync(
            new()
            {
                IdentityReference = "user-7002",
                Method = "sepa-bank-transfer",
                TransactionType = CheckEligibilityRequestTransactionType.ONRAMP,
                Fiat = "EUR",
                Crypto = "BTC",
                Blockchain = "BTC",
                FiatAmount = "100",
            }
        );
        Equal(false, judged.PaymentReady);
    }

    private static void Equal<T>(T expected, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
            throw new InvalidOperationException($"{found} instead of {expected}");
    }

    /// <summary>Signs each request as the identity API wants it.</summary>
    private sealed class SigningHandler(Keys keys) : DelegatingHandler(new HttpClientHandler())
    {
        private long _last;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            // Microseconds since 1970, never the same twice.
            var nonce = _last = Math.Max(_last + 1, (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / 10);
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(ct);
            var lines = string.Create(
                CultureInfo.InvariantCulture,
                $"{request.Method}\n{request.RequestUri!.PathAndQuery}\n{nonce}"
            );
            var signature = Convert.ToHexStringLower(
                HMACSHA256.HashData(
                    Encoding.UTF8.GetBytes(keys.IdentitySecret),
                    Encoding.UTF8.GetBytes(body.Length > 0 ? $"{lines}\n{body}" : lines)
                )
            );
            request.Headers.TryAddWithoutValidation(
                "Authorization",
                string.Create(CultureInfo.InvariantCulture, $"Bearer {keys.IdentityKey}:{signature}:{nonce}")
            );
            return await base.SendAsync(request, ct);
        }
    }
}
