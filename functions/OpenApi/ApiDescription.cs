using Serverless.Functions.Http;

namespace Serverless.Functions.OpenApi;

/// <summary>One of the documents: what it is called and which functions it describes.</summary>
/// <param name="Name">In its address: <c>/openapi/{name}.json</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Introduction">What a reader must know first, as Markdown.</param>
/// <param name="Has">True for the functions that it describes.</param>
internal sealed record ApiDescription(string Name, string Title, string Introduction, Func<HttpFunction, bool> Has)
{
    /// <summary>Of the API: a new first number would break clients (see the guide on changes).</summary>
    public const string Version = "1.0.0";

    /// <summary>How requests to the identity API are signed.</summary>
    public const string SignatureScheme = """
        `Authorization: Bearer {identityApiKey}:{signature}:{nonce}`

        The signature is the lower-case hex of HMAC-SHA256, by your identity secret, over these lines, joined by line feeds:

        1. the method, in upper case
        2. the path with query, as it is sent or in its canonical form (RFC 3986, section 6.2.2)
        3. the nonce: the time as Unix microseconds (16 digits), milliseconds (13) or seconds (10), at most 300 seconds from our clock, never used before
        4. the body exactly as it is sent; without a body there is no fourth line
        """;

    public static ApiDescription M2M { get; } =
        new(
            "m2m",
            "M2M API",
            "Create links for your users, answer what we ask you about them, and follow them to a completed "
                + "transfer. Answers are `{\"success\":true,\"data\":…}`, errors `{\"success\":false,\"error\":…}`. "
                + "The guides are at [/docs](/docs).",
            function => function.Api == Api.Partner
        );

    public static ApiDescription Identities { get; } =
        new(
            "identities",
            "Identity API",
            "Create identities, share what you know of them, and ask what they may do. Every request is signed. "
                + "Answers are the plain data; an error has `message`, `status` and, where there are any, `code` and "
                + "`errors`. The guides are at [/docs](/docs).",
            function => function.Api is Api.Identities or Api.KycSessions
        );

    public static ApiDescription Operator { get; } =
        new(
            "operator",
            "Operator API",
            "Create partners and their keys, decide reviews, block identities, undo merges. For those who run the "
                + "app. Errors and answers look as those of the M2M API.",
            function => function.Api == Api.Operator
        );

    public static IReadOnlyList<ApiDescription> All { get; } = [M2M, Identities, Operator];
}
