using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;
using Serverless.Functions.Events;
using Serverless.Functions.Http;
using Serverless.Functions.Partners;

namespace Serverless.Functions.OpenApi;

/// <summary>
/// One of the API's documents (OpenAPI 3.1), made from the functions: their routes and attributes, the records that
/// they read and answer with, and the comments on these.
/// </summary>
internal sealed class ApiDocument
{
    private const string ApiKey = "ApiKey";
    private const string Session = "Session";
    private const string CsrfToken = "CsrfToken";
    private const string Signature = "Signature";
    private const string FunctionKey = "FunctionKey";
    private const string Json = "application/json";
    private readonly OpenApiDocument _document;
    private readonly ApiDescription _api;
    private readonly XmlDocs _docs;
    private readonly Schemas _schemas;
    private readonly ApiErrors _errors;
    private readonly ApiExamples _examples;

    private ApiDocument(ApiDescription api, XmlDocs docs, FieldContext context)
    {
        (_api, _docs, _schemas, _errors) = (api, docs, new Schemas(docs, context), new ApiErrors(docs));
        _examples = ApiExamples.Load();
        _document = new OpenApiDocument
        {
            Info = new OpenApiInfo
            {
                Title = api.Title,
                Version = ApiDescription.Version,
                Description = api.Introduction,
                License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
            },
            Servers = [new OpenApiServer { Url = "/", Description = "The address that served this document" }],
            Paths = [],
            Webhooks = new Dictionary<string, IOpenApiPathItem>(),
            Components = new OpenApiComponents
            {
                Schemas = new Dictionary<string, IOpenApiSchema>(),
                SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(),
                Headers = new Dictionary<string, IOpenApiHeader>(),
                Responses = new Dictionary<string, IOpenApiResponse>(),
            },
            Tags = new HashSet<OpenApiTag>(),
        };
        _document.SetReferenceHostDocument();
    }

    /// <summary>Makes a document.</summary>
    /// <param name="api">Which.</param>
    /// <param name="docs">The comments.</param>
    /// <param name="context">What the rules on the members of requests depend on.</param>
    public static OpenApiDocument Build(ApiDescription api, XmlDocs docs, FieldContext context)
    {
        var builder = new ApiDocument(api, docs, context);
        builder.AddSecurity();
        foreach (var function in FunctionApis.All.Where(api.Has).OrderBy(known => known.Route, StringComparer.Ordinal))
            builder.Add(function);
        if (api == ApiDescription.M2M)
            builder.AddWebhooks();
        foreach (var (name, schema) in builder._schemas.Named)
            builder._document.Components!.Schemas![name] = builder.Parse(schema);
        builder._document.RegisterComponents();
        return builder._document;
    }

    private void Add(HttpFunction function)
    {
        var path = "/" + function.Route;
        if (!_document.Paths.TryGetValue(path, out var item))
            _document.Paths[path] = item = new OpenApiPathItem { Operations = [] };
        // HEAD is answered as GET is, without a body: HTTP says so, and it is not said again here.
        foreach (var method in function.Methods.Where(method => method != "HEAD"))
            item.Operations![new HttpMethod(method)] = Operation(function);
    }

    private OpenApiOperation Operation(HttpFunction function)
    {
        var (tag, about) = TagOf(function);
        _document.Tags!.Add(new OpenApiTag { Name = tag, Description = about });
        return new OpenApiOperation
        {
            OperationId = function.OperationId,
            Summary = _docs.SummaryOf(function.Method)?.TrimEnd('.'),
            Description = _docs.RemarksOf(function.Method),
            Tags = new HashSet<OpenApiTagReference> { new(tag, _document) },
            Parameters = [.. Parameters(function)],
            RequestBody = Body(function),
            Responses = Responses(function),
            Security = [.. Requirements(function)],
        };
    }

    /// <summary>What a function is about, by its folder.</summary>
    /// <exception cref="InvalidOperationException">Nobody has said what the folder's functions are about.</exception>
    public static (string Name, string About) TagOf(HttpFunction function) =>
        function.Method.DeclaringType!.Namespace!.Split('.')[2] switch
        {
            "Links" => ("Links", "A link leads one of your users through what is missing to a transfer."),
            "Users" or "Erasure" => ("Users", "What is held of your users, where it came from, and how to erase it."),
            "DataRequests" => ("Data requests", "What we ask you about a user, and your answer."),
            "Cip" => ("Verification", "Whether a user's identity is verified (CIP: customer identification program)."),
            "Operations" => ("Operations", "The transfers that links led to."),
            "Webhooks" => ("Webhooks", "Your endpoint, what was delivered to it, and how to get it again."),
            "Identities" => ("Identities", "The identities of your customers, and the accounts that they share."),
            "KycSharing" => ("KYC sharing", "KYC that was done elsewhere: by a token, documents, or your own."),
            "Eligibility" => ("Eligibility", "What an identity must still give before a transaction, and its limits."),
            "Verifications" => ("One-time codes", "Codes by e-mail, which prove that an address is the customer's."),
            "Events" => ("Dead letters", "Messages of the app's queues that could not be handled and were set aside."),
            "Reviews" => ("Reviews", "Who waits for an operator's decision, and whose account is blocked."),
            "Audit" => ("Audit", "What operators did: who, when, why, and what came of it."),
            "Statistics" => ("Statistics", "How your links, data requests and webhooks fared, day by day."),
            "Usage" or "Partners" when function.Api == Api.Partner => (
                "Your account",
                "Your keys, what was called with them, and how much you may call."
            ),
            "Partners" => ("Partners", "Partners, their keys and their settings."),
            var other => throw new InvalidOperationException(
                $"It is not said what the functions of {other} are about."
            ),
        };

    private IEnumerable<IOpenApiParameter> Parameters(HttpFunction function)
    {
        foreach (var name in Placeholders(function.Route))
        {
            var known = ApiParameter.All[name];
            var schema = new JsonObject { ["type"] = "string" };
            if (known.Pattern is { } pattern)
                schema["pattern"] = PatternAttribute.InSchemas(pattern);
            yield return new OpenApiParameter
            {
                Name = name,
                In = ParameterLocation.Path,
                Required = true,
                Description = known.Meaning,
                Schema = Parse(schema),
                Example = known.Example,
            };
        }
        if (function.Method.GetCustomAttribute<TakesAttribute>() is { Query: var query })
            foreach (var field in RequestField.Of(query))
                yield return QueryParameter(field);
        if (function.Method.GetCustomAttribute<IdempotentAttribute>() is not null)
            yield return ApiHeaders.IdempotencyKey;
        if (function.IsAct)
        {
            yield return ApiHeaders.OperatorSent;
            yield return ApiHeaders.ReasonSent;
        }
        yield return function.Api == Api.Identities ? ApiHeaders.TraceIdSent : ApiHeaders.RequestIdSent;
    }

    private OpenApiParameter QueryParameter(RequestField field)
    {
        var schema = _schemas.OfField(field);
        var description = schema["description"]?.GetValue<string>();
        schema.Remove("description");
        return new OpenApiParameter
        {
            Name = field.Name,
            In = ParameterLocation.Query,
            Required = field.Rule.Required,
            Description = description,
            Schema = Parse(schema),
        };
    }

    private static IEnumerable<string> Placeholders(string route) =>
        route.Split('/').Where(part => part.StartsWith('{')).Select(part => part.Trim('{', '}'));

    private OpenApiRequestBody? Body(HttpFunction function)
    {
        if (function.Method.GetCustomAttribute<AcceptsAttribute>() is not { } accepts)
            return null;
        return new OpenApiRequestBody
        {
            Required = !accepts.Optional,
            Content = new Dictionary<string, IOpenApiMediaType>
            {
                [Json] = new OpenApiMediaType
                {
                    Schema = Parse(_schemas.OfRequest(accepts.Body)),
                    Examples = _examples.Requests(function.Name),
                },
            },
        };
    }

    private OpenApiResponses Responses(HttpFunction function)
    {
        var responses = new OpenApiResponses();
        foreach (var answers in function.Method.GetCustomAttributes<AnswersAttribute>().OrderBy(one => one.Status))
            responses[Key(answers.Status)] = Success(function, answers);
        if (function.Method.GetCustomAttribute<AnswersPictureAttribute>() is { } picture)
            responses[Key(200)] = Success(function, picture);
        var own = function.Method.GetCustomAttributes<RefusesAttribute>().Select(refuses => refuses.Status).ToHashSet();
        foreach (var errors in _errors.Of(function).GroupBy(error => error.Status))
        {
            var failure = Failure(function, errors.Key, [.. errors]);
            // An example is one of this function alone.
            var isOwn = own.Contains(errors.Key) || _examples.Answers(function.Name, errors.Key) is not null;
            responses[Key(errors.Key)] = isOwn ? failure : Shared(errors.Key, failure);
        }
        return responses;
    }

    private static bool IsSame(IOpenApiResponse one, OpenApiResponse other) =>
        one.Description == other.Description && one.Headers!.Keys.SequenceEqual(other.Headers!.Keys);

    /// <summary>A failure that many functions have in common, as a component of the document.</summary>
    private OpenApiResponseReference Shared(int status, OpenApiResponse failure)
    {
        var components = _document.Components!.Responses!;
        var name = $"Error{status}";
        for (var more = 2; components.TryGetValue(name, out var known) && !IsSame(known, failure); more++)
            name = $"Error{status}Kind{more}";
        components[name] = failure;
        return new OpenApiResponseReference(name, _document);
    }

    private static string Key(int status) => status.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private OpenApiResponse Success(HttpFunction function, AnswersAttribute answers)
    {
        var data = _schemas.OfAnswer(answers.Data);
        var isPlain = function.Api is Api.Identities or Api.KycSessions;
        var headers = Headers(function, answers.Status);
        return new OpenApiResponse
        {
            Description = answers.When ?? _docs.SummaryOf(answers.Data) ?? "",
            Headers = headers,
            Content = Content(
                isPlain ? data : Envelope(function, data),
                _examples.Answers(function.Name, answers.Status)
            ),
        };
    }

    private OpenApiResponse Success(HttpFunction function, AnswersPictureAttribute picture) =>
        new()
        {
            Description = picture.Meaning,
            Headers = Headers(function, 200),
            Content = AnswersPictureAttribute.MediaTypes.ToDictionary(
                type => type,
                IOpenApiMediaType (_) =>
                    new OpenApiMediaType
                    {
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" },
                    }
            ),
        };

    private static JsonObject Envelope(HttpFunction function, JsonObject data)
    {
        var member = data;
        if (function.Method.GetCustomAttribute<AcceptsAttribute>() is not null)
            member = new JsonObject { ["allOf"] = new JsonArray(data, ApiHeaders.WarningsSchema()) };
        return new JsonObject
        {
            // Generators of clients name their types by titles.
            ["title"] = $"{function.Name}Answer",
            ["type"] = "object",
            ["required"] = new JsonArray("success", "data"),
            ["properties"] = new JsonObject { ["success"] = Only(true), ["data"] = member },
        };
    }

    private OpenApiResponse Failure(HttpFunction function, int status, IReadOnlyList<DocumentedError> errors)
    {
        var isIdentity = function.Api is Api.Identities or Api.KycSessions;
        var codes = errors.Where(error => error.Code is not null).ToList();
        JsonNode? schema;
        // The host's own answer has no body.
        if (function.Api == Api.Operator && status == 401)
            schema = null;
        else if (codes.Count < errors.Count)
            schema = _schemas.OfAnswer(isIdentity ? typeof(IdentityFailure) : typeof(Failure));
        else if (isIdentity)
            schema = Narrowed(_schemas.OfAnswer(typeof(IdentityFailure)), codes);
        else
            schema = Envelope(Narrowed(_schemas.OfAnswer(typeof(FailureError)), codes));
        return new OpenApiResponse
        {
            Description = string.Join(
                "\n\n",
                errors.Select(error => error.Code is null ? error.Meaning : $"`{error.Code}`: {error.Meaning}")
            ),
            Headers = Headers(function, status),
            Content = schema is null ? null : Content(schema, _examples.Answers(function.Name, status)),
        };
    }

    /// <summary>An error that has one of these codes.</summary>
    private static JsonObject Narrowed(JsonNode error, IEnumerable<DocumentedError> codes)
    {
        JsonNode Value(object code) => code is int number ? JsonValue.Create(number) : JsonValue.Create($"{code}");
        var values = new JsonArray([.. codes.Select(known => Value(known.Code!))]);
        var code = new JsonObject { ["enum"] = values };
        var narrowed = new JsonObject { ["properties"] = new JsonObject { ["code"] = code } };
        return new JsonObject { ["allOf"] = new JsonArray(error, narrowed) };
    }

    private static JsonObject Envelope(JsonObject error) =>
        new()
        {
            ["type"] = "object",
            ["required"] = new JsonArray("success", "error"),
            ["properties"] = new JsonObject { ["success"] = Only(false), ["error"] = error },
        };

    // Not const, which the library writes as a text.
    private static JsonObject Only(bool value) =>
        new()
        {
            ["type"] = "boolean",
            ["enum"] = new JsonArray(value),
            ["description"] = value ? "Always true." : "Always false.",
        };

    private Dictionary<string, IOpenApiHeader> Headers(HttpFunction function, int status)
    {
        var names = ApiHeaders.OfAnswer(function, status).ToList();
        foreach (var name in names)
            _document.Components!.Headers![name] = ApiHeaders.Known[name];
        return names.ToDictionary(name => name, IOpenApiHeader (name) => new OpenApiHeaderReference(name, _document));
    }

    private Dictionary<string, IOpenApiMediaType> Content(
        JsonNode schema,
        Dictionary<string, IOpenApiExample>? examples
    ) =>
        new()
        {
            [Json] = new OpenApiMediaType { Schema = Parse(schema), Examples = examples },
        };

    private void AddSecurity()
    {
        foreach (var scheme in FunctionApis.All.Where(_api.Has).SelectMany(WaysIn).SelectMany(way => way).Distinct())
            _document.Components!.SecuritySchemes![scheme] = scheme switch
            {
                ApiKey => new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = "X-API-Key",
                    Description = "Your API key: `m2m_test_…` in the sandbox, `m2m_live_…` in production.",
                },
                Session => new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Cookie,
                    Name = SessionCookie.SecureName,
                    Description =
                        "The session of a browser that is signed in at [/portal](/portal). For that page; a server "
                        + "sends an API key.",
                },
                CsrfToken => new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = PartnerSessions.CsrfHeader,
                    Description = "The session's anti-forgery token, which every change with it needs.",
                },
                FunctionKey => new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = "x-functions-key",
                    Description = "A function key of the app. Without one, the host answers 401 without a body.",
                },
                _ => new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = ApiDescription.SignatureScheme,
                },
            };
    }

    /// <summary>One of these is enough.</summary>
    private IEnumerable<OpenApiSecurityRequirement> Requirements(HttpFunction function) =>
        WaysIn(function).Select(schemes => Requirement(schemes));

    private OpenApiSecurityRequirement Requirement(string[] schemes)
    {
        var requirement = new OpenApiSecurityRequirement();
        foreach (var scheme in schemes)
            requirement[new OpenApiSecuritySchemeReference(scheme, _document)] = [];
        return requirement;
    }

    /// <summary>The ways to be admitted, each of which may need several things at once.</summary>
    private static string[][] WaysIn(HttpFunction function) =>
        function.Api switch
        {
            Api.Partner =>
            [
                [ApiKey],
                IsChange(function) ? [Session, CsrfToken] : [Session],
            ],
            Api.KycSessions =>
            [
                [ApiKey],
            ],
            Api.Identities =>
            [
                [Signature],
            ],
            _ =>
            [
                [FunctionKey],
            ],
        };

    private static bool IsChange(HttpFunction function) => !function.Methods.Contains("GET");

    private void AddWebhooks()
    {
        var events =
            from type in typeof(ApiDocument).Assembly.GetTypes()
            from data in type.GetCustomAttributes<EventDataAttribute>()
            orderby data.Name
            select (data.Name, type);
        foreach (var (name, type) in events)
            _document.Webhooks![name] = Webhook(name, type);
    }

    private OpenApiPathItem Webhook(string name, Type type)
    {
        var schema =
            name == PartnerEvents.Kyc
                ? _schemas.OfAnswer(type)
                : ApiHeaders.EventEnvelope(name, _schemas.OfAnswer(type));
        var operation = new OpenApiOperation
        {
            OperationId =
                "on" + string.Concat(name.Split('.', '_').Select(part => char.ToUpperInvariant(part[0]) + part[1..])),
            Summary = name,
            Description = _docs.SummaryOf(type),
            Parameters = [.. ApiHeaders.OfWebhook(isKyc: name == PartnerEvents.Kyc)],
            RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = Content(schema, _examples.Requests(name)),
            },
            Responses = new OpenApiResponses
            {
                ["2XX"] = new OpenApiResponse
                {
                    Description = "Received. Any other answer, or none within the time limit, is tried again.",
                },
            },
            Security = [],
        };
        return new OpenApiPathItem { Operations = new() { [HttpMethod.Post] = operation } };
    }

    private IOpenApiSchema Parse(JsonNode schema)
    {
        // The library reads references within a schema, but not in place of one.
        if (schema["$ref"]?.GetValue<string>() is { } reference)
            return new OpenApiSchemaReference(reference[(reference.LastIndexOf('/') + 1)..], _document)
            {
                Description = schema["description"]?.GetValue<string>(),
            };
        var parsed = OpenApiModelFactory.Parse<OpenApiSchema>(
            schema.ToJsonString(),
            OpenApiSpecVersion.OpenApi3_1,
            _document,
            out var found,
            "json"
        );
        if (found.Errors.Count > 0)
            throw new InvalidOperationException($"A schema is wrong: {found.Errors[0]}");
        return (IOpenApiSchema?)parsed ?? throw new InvalidOperationException("A schema is empty.");
    }
}
