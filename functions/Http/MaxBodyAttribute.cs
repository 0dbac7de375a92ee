namespace Serverless.Functions.Http;

/// <summary>On a function whose signed body may be larger than that of the others.</summary>
/// <param name="bytes">How large it may be.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MaxBodyAttribute(int bytes) : Attribute
{
    public int Bytes => bytes;
}
