using Serverless.Functions.KycSharing;
using Serverless.Functions.Links;

namespace Serverless.Functions.Widget;

/// <summary>An address at which there is no link.</summary>
internal enum DeadPage
{
    /// <summary>A whole address, but of no link that is known.</summary>
    Unknown,

    /// <summary>The address has lost its end.</summary>
    CutShort,

    /// <summary>No link's address: the site's own.</summary>
    Root,
}

/// <summary>What a page says before its script is there, or where it needs none.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Title">What it is.</param>
/// <param name="Text">What the person can do; <see cref="Who"/> stands for whom they can ask.</param>
internal sealed record ShellText(int Status, string Title, string Text)
{
    /// <summary>The partner's name, or words for it where it is not known.</summary>
    public const string Who = "{who}";

    /// <summary>Of a link's page.</summary>
    /// <param name="link">The link.</param>
    /// <param name="now">Decides whether it has expired.</param>
    /// <param name="spanish">True for Spanish, false for English.</param>
    public static ShellText Of(Link link, DateTimeOffset now, bool spanish)
    {
        var status = link.StatusAt(now);
        var onlyVerifies = link.Flow == StartKycSession.Flow;
        return (status, spanish) switch
        {
            (LinkStatus.Created, _) => Begin(onlyVerifies, spanish),
            (LinkStatus.Opened or LinkStatus.InProgress, false) => new(
                200,
                onlyVerifies ? "Your verification is open" : "Your transfer is open",
                "Go on where you left off, at any time until the link expires."
            ),
            (LinkStatus.Opened or LinkStatus.InProgress, true) => new(
                200,
                onlyVerifies ? "Tu verificación está abierta" : "Tu transferencia está abierta",
                "Continúa donde la dejaste, hasta que el enlace caduque."
            ),
            (LinkStatus.Completed, false) => new(
                410,
                "This link has been used",
                "A transfer was confirmed with it. Its receipt is in the browser that you used; ask {who} how the "
                    + "transfer stands."
            ),
            (LinkStatus.Completed, true) => new(
                410,
                "Este enlace ya se usó",
                "Con él ya se confirmó una transferencia. El recibo está en el navegador que usaste; pregunta a {who} "
                    + "cómo va."
            ),
            (LinkStatus.Revoked, false) => new(
                410,
                "This link was withdrawn",
                "It leads nowhere any more. If you want to go on, ask {who} for a new one."
            ),
            (LinkStatus.Revoked, true) => new(
                410,
                "Este enlace fue retirado",
                "Ya no lleva a ninguna parte. Si quieres continuar, pide uno nuevo a {who}."
            ),
            (_, false) => new(
                410,
                "This link has expired",
                "Ask {who} for a new one. What you have entered so far is kept."
            ),
            (_, true) => new(
                410,
                "Este enlace ha caducado",
                "Pide uno nuevo a {who}. Lo que ya escribiste se conserva."
            ),
        };
    }

    /// <summary>Of a page without a link.</summary>
    public static ShellText Of(DeadPage page, bool spanish) =>
        (page, spanish) switch
        {
            (DeadPage.Root, false) => new(
                404,
                "You need a link to begin",
                "The company that you send money with gives it to you: in a message, an e-mail or its app. Open it "
                    + "from there."
            ),
            (DeadPage.Root, true) => new(
                404,
                "Necesitas un enlace para empezar",
                "Te lo da la empresa con la que envías dinero: en un mensaje, un correo o su app. Ábrelo desde ahí."
            ),
            (DeadPage.CutShort, false) => new(
                404,
                "This link is not whole",
                "Its end was lost on the way. Open it once more from the message that it came with, or copy it up to "
                    + "its last character. If that does not help, ask {who} for a new one."
            ),
            (DeadPage.CutShort, true) => new(
                404,
                "Este enlace está incompleto",
                "Se perdió el final. Ábrelo de nuevo desde el mensaje con el que llegó, o cópialo hasta el último "
                    + "carácter. Si no funciona, pide uno nuevo a {who}."
            ),
            (_, false) => new(
                404,
                "There is no such link",
                "Open it once more from the message that it came with, or ask {who} for a new one."
            ),
            (_, true) => new(
                404,
                "No existe este enlace",
                "Ábrelo de nuevo desde el mensaje con el que llegó, o pide uno nuevo a {who}."
            ),
        };

    /// <summary>What a link that is for the verification alone begins with does not mention a transfer.</summary>
    private static ShellText Begin(bool onlyVerifies, bool spanish) =>
        (onlyVerifies, spanish) switch
        {
            (false, false) => new(
                200,
                "Your transfer is ready",
                "It takes a few minutes. You see every cost before anything is sent."
            ),
            (false, true) => new(
                200,
                "Tu transferencia está lista",
                "Toma unos minutos. Verás todos los costos antes de enviar."
            ),
            (true, false) => new(
                200,
                "Let us verify your identity",
                "It takes a few minutes. Have your document at hand."
            ),
            (true, true) => new(200, "Verifiquemos tu identidad", "Toma unos minutos. Ten tu documento a la mano."),
        };
}
