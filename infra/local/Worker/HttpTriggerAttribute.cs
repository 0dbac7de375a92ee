using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker
{
    /// <summary>Starts a function by an HTTP request. The parameter is the <c>HttpRequest</c>.</summary>
    public sealed class HttpTriggerAttribute : TriggerBindingAttribute
    {
        /// <summary>Any method, level Function.</summary>
        public HttpTriggerAttribute() => AuthLevel = AuthorizationLevel.Function;

        /// <summary>These methods. Say the level too: the real host takes Function without one.</summary>
        public HttpTriggerAttribute(params string[] methods) => Methods = methods;

        /// <summary>Any method.</summary>
        public HttpTriggerAttribute(AuthorizationLevel authLevel) => AuthLevel = authLevel;

        /// <summary>These methods.</summary>
        public HttpTriggerAttribute(AuthorizationLevel authLevel, params string[] methods)
        {
            AuthLevel = authLevel;
            Methods = methods;
        }

        /// <summary>Route template below the prefix of host.json; the function's name without one.</summary>
        public string? Route { get; set; }

        /// <summary>The methods; null for any.</summary>
        public string[]? Methods { get; }

        /// <summary>Which key a caller needs in Azure. Not checked here.</summary>
        public AuthorizationLevel AuthLevel { get; }
    }

    /// <summary>Which key a caller needs.</summary>
    public enum AuthorizationLevel
    {
        /// <summary>None.</summary>
        Anonymous,

        /// <summary>Not supported by the real host.</summary>
        User,

        /// <summary>A key of the function or of the host.</summary>
        Function,

        /// <summary>The system key.</summary>
        System,

        /// <summary>The master key.</summary>
        Admin,
    }
}

namespace Microsoft.Azure.Functions.Worker.Converters
{
    /// <summary>Names the converter of a parameter. Only <see cref="Http.FromBodyAttribute"/> is understood here.</summary>
    [AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum | AttributeTargets.Interface | AttributeTargets.Parameter, AllowMultiple = true)]
    public class InputConverterAttribute(Type converterType) : Attribute
    {
        /// <summary>The converter.</summary>
        public Type ConverterType { get; } = converterType ?? throw new ArgumentNullException(nameof(converterType));
    }
}

namespace Microsoft.Azure.Functions.Worker.Http
{
    /// <summary>Binds a parameter to the JSON body of the request. An invalid body is an <see cref="InvalidOperationException"/>, which the client sees as 500.</summary>
    public class FromBodyAttribute() : Converters.InputConverterAttribute(typeof(Serverless.Local.Hosting.RequestBody));
}
