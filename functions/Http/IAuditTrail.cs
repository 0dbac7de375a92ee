using Microsoft.AspNetCore.Http;
using Serverless.Functions.Ids;

namespace Serverless.Functions.Http;

/// <summary>Writes down what operators do: every act before it happens, and then what came of it.</summary>
internal interface IAuditTrail
{
    /// <summary>Writes an act down before it happens.</summary>
    /// <param name="act">What an operator is about to do.</param>
    /// <param name="http">The request.</param>
    /// <param name="requestId">Its id.</param>
    /// <returns>The refusal, where it cannot be written down; null where it was.</returns>
    Task<IResult?> BeginAsync(HttpFunction act, HttpContext http, string requestId);

    /// <summary>
    /// Adds what came of it. Does nothing for a request that is no act, and never fails: what was done was done.
    /// </summary>
    Task EndAsync(HttpContext http, IAnswered? answer);
}

/// <summary>An answer whose outcome can be told before it is sent.</summary>
internal interface IAnswered
{
    /// <summary>The HTTP status.</summary>
    int Status { get; }

    /// <summary>The error's code; null for a success.</summary>
    string? Code { get; }
}

/// <summary>Whom an act is about, where its path does not say so.</summary>
internal static class ActSubjects
{
    private static readonly object Key = new();

    /// <summary>Tells the audit whom the act is about.</summary>
    public static void ActsOn(this HttpContext http, PartnerId partner, ReferenceId? reference = null) =>
        http.Items[Key] = (partner, reference);

    /// <summary>Whom the act said that it is about; null where it did not.</summary>
    public static (PartnerId Partner, ReferenceId? Reference)? SubjectOf(HttpContext http) =>
        http.Items.TryGetValue(Key, out var subject) ? ((PartnerId, ReferenceId?)?)subject : null;
}
