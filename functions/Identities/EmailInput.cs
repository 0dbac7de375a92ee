using Serverless.Functions.Http;

namespace Serverless.Functions.Identities;

/// <summary>Reads an e-mail address from a body.</summary>
internal static class EmailInput
{
    /// <summary>The address; null when it is absent or, after noting why, not one.</summary>
    public static EmailAddress? Email(this JsonInput body, string member, bool required = false)
    {
        if (body.Text(member, min: 0, max: 1000, required: required) is not { } text)
            return null;
        if (EmailAddress.TryParse(text, out var email))
            return email;
        body.Fail(member, EmailAddress.Rule);
        return null;
    }
}
