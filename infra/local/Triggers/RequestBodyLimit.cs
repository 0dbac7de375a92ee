using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration;

namespace Serverless.Local.Triggers;

/// <summary>
/// Buffers bodies as Azure's host does, up to what the setting <c>FUNCTIONS_REQUEST_BODY_SIZE_LIMIT</c> allows (in
/// bytes; 100 MB where it is not set).
/// </summary>
internal sealed class RequestBodyLimit(long bytes)
{
    private const long Standard = 104_857_600;
    private const int InMemory = 64 * 1024;
    private const int Piece = 16 * 1024;

    public long Bytes => bytes;

    public static RequestBodyLimit Of(IConfiguration settings) =>
        new(long.TryParse(settings["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"], out var set) && set > 0 ? set : Standard);

    /// <summary>Reads the whole body, so that it can be read again. A request without one is left as it is.</summary>
    /// <returns>
    /// Null, or the status of the answer, which has no body: 500 for one that is too large, 400 for one that breaks
    /// off.
    /// </returns>
    public async Task<int?> BufferAsync(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            return null;
        request.EnableBuffering(InMemory, bytes);
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            while (await request.Body.ReadAsync(buffer, request.HttpContext.RequestAborted).ConfigureAwait(false) > 0)
            {
                // Only to have it all.
            }
            request.Body.Position = 0;
            return null;
        }
        catch (BadHttpRequestException ex) when (ex.StatusCode != StatusCodes.Status413PayloadTooLarge)
        {
            return ex.StatusCode;
        }
        catch (IOException) when (!request.HttpContext.RequestAborted.IsCancellationRequested)
        {
            return StatusCodes.Status500InternalServerError;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
