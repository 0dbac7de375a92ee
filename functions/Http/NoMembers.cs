namespace Serverless.Functions.Http;

/// <summary>The request needs no body: it may be left out, or be an empty object.</summary>
internal sealed record NoMembers;
