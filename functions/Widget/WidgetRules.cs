using System.Text.Json;
using Serverless.Functions.Http;
using Serverless.Functions.Operations;
using Serverless.Functions.Typed;

namespace Serverless.Functions.Widget;

/// <summary>
/// The page's module <c>rules.js</c>: the server's own input rules, so that the page can check before sending and both
/// agree. The server decides.
/// </summary>
internal static class WidgetRules
{
    /// <summary>The module's name among the assets.</summary>
    public const string File = "rules.js";

    /// <summary>The module.</summary>
    public static string Script { get; } =
        "export const rules = "
        + JsonSerializer.Serialize(
            new
            {
                separators = DocumentNumbers.Separators,
                documents = UserDocuments.ToDictionary(kind => kind, kind => ForScript(DocumentNumbers.Shapes[kind])),
                clabe = new
                {
                    shape = ForScript(AccountNumbers.Clabe.ToString()),
                    weights = AccountNumbers.ClabeWeights,
                },
                amount = new { least = TransferTerms.MinSend, most = TransferTerms.MaxSend },
            },
            Answer.Json
        )
        + ";\n";

    private static IReadOnlyList<string> UserDocuments => Users.UserData.IdTypes;

    /// <summary>JavaScript has another anchor for the end of the text.</summary>
    private static string ForScript(string pattern) => pattern.Replace(@"\z", "$", StringComparison.Ordinal);
}
