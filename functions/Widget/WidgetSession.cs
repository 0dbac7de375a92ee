using System.Globalization;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Security;

namespace Serverless.Functions.Widget;

/// <summary>
/// The widget's proof that it opened a link: <c>expiry.keyId.signature</c>, signed over the link's id and the expiry.
/// Nothing is stored; what the session allows depends on the link's state.
/// </summary>
internal sealed class WidgetSession(KeyRing keyRing, TimeProvider time)
{
    private const string Purpose = "widget-session";

    /// <summary>After the link has expired, a completed transfer can still be viewed and cancelled.</summary>
    private static readonly TimeSpan AfterExpiry = TimeSpan.FromDays(1);

    /// <summary>A session for one link.</summary>
    public async ValueTask<string> IssueAsync(Link link, CancellationToken ct)
    {
        var until = (link.ExpiresAt + AfterExpiry).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"{until}.{await keyRing.SignAsync(Text(link.Id, until), Purpose, ct)}";
    }

    /// <summary>True for a session of this link that has not ended.</summary>
    public async ValueTask<bool> IsValidAsync(string session, LinkId link, CancellationToken ct)
    {
        var dot = session.IndexOf('.', StringComparison.Ordinal);
        return dot > 0
            && await keyRing.IsSignedAsync(Text(link, session[..dot]), Purpose, session[(dot + 1)..], ct)
            && time.GetUtcNow().ToUnixTimeSeconds() < long.Parse(session[..dot], CultureInfo.InvariantCulture);
    }

    private static string Text(LinkId link, string until) => $"{link} {until}";
}
