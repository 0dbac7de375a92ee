namespace Serverless.Tests.Identities;

/// <summary>The calls of the identity API in short.</summary>
public static class IdentityCalls
{
    public static Task<Reply> CreateAsync(
        this TestIdentityClient identity,
        string reference,
        string? email = null,
        System.Text.Json.Nodes.JsonObject? more = null
    )
    {
        var body = more?.DeepClone().AsObject() ?? [];
        body["identityReference"] = reference;
        if (email is not null)
            body["email"] = email;
        return identity.PostAsync("/eapi/v0/identities/basic", body);
    }

    public static Task<Reply> FindAsync(this TestIdentityClient identity, string reference, string? email = null) =>
        identity.GetAsync(
            $"/eapi/v0/identities/{reference}" + (email is null ? "" : $"?email={Uri.EscapeDataString(email)}")
        );

    public static Task<Reply> UpdateAsync(
        this TestIdentityClient identity,
        string reference,
        string email,
        object? more = null
    )
    {
        var body = System
            .Text.Json.JsonSerializer.SerializeToNode(more ?? new { }, System.Text.Json.JsonSerializerOptions.Web)!
            .AsObject();
        body["identityReference"] = reference;
        body["email"] = email;
        return identity.PatchAsync("/eapi/v0/identities", body);
    }

    public static async Task<string> KycAsync(this TestIdentityClient identity, string reference) =>
        (string)(await identity.FindAsync(reference)).Is(200).Json["kyc"]!["status"]!;
}
