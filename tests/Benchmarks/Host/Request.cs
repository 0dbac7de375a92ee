using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Serverless.Benchmarks;

/// <summary>A request of the load, which can be sent more than once.</summary>
internal sealed record Request(HttpMethod Method, string Path, string? ApiKey = null, object? Body = null)
{
    /// <summary>The status of a right answer, where that is no success.</summary>
    public HttpStatusCode? Refusal { get; init; }

    /// <exception cref="HttpRequestException">Another answer than the right one.</exception>
    public void Check(HttpResponseMessage answer)
    {
        if (answer.StatusCode != Refusal)
            answer.EnsureSuccessStatusCode();
    }

    public HttpRequestMessage ToMessage(Uri address)
    {
        var message = new HttpRequestMessage(Method, address);
        if (ApiKey is not null)
            message.Headers.Add("X-API-Key", ApiKey);
        if (Body is not null)
        {
            message.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(Body));
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        return message;
    }

    /// <summary>A link for a new person.</summary>
    public static Request CreateLink(string apiKey, string reference) =>
        new(
            HttpMethod.Post,
            "/partner/links",
            apiKey,
            new
            {
                referenceId = reference,
                expiresInMinutes = 60,
                userData = new
                {
                    name = new { firstName = "Maria", lastName = "Garcia" },
                    dob = "1990-05-17",
                    paymentMethod = new
                    {
                        type = "bank_account",
                        bankAccount = new { country = "DE", accountNumber = "DE89370400440532013000" },
                    },
                },
            }
        );
}
