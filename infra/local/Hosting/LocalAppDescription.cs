using Microsoft.Azure.Functions.Worker.Middleware;

namespace Serverless.Local.Hosting;

/// <summary>What the builder learned of the app.</summary>
/// <param name="Types">Where functions are looked for.</param>
/// <param name="Folder">Where the app's assembly and its files lie.</param>
/// <param name="Port">The port to listen on; 0 is a free one.</param>
/// <param name="HasWeb">Whether ASP.NET Core was asked for.</param>
/// <param name="MiddlewareBeforeWeb">Whether middleware was added before that.</param>
/// <param name="Middleware">In the order of registration.</param>
internal sealed record LocalAppDescription(
    IReadOnlyCollection<Type> Types,
    string Folder,
    int Port,
    bool HasWeb,
    bool MiddlewareBeforeWeb,
    IReadOnlyList<Func<FunctionExecutionDelegate, FunctionExecutionDelegate>> Middleware);
