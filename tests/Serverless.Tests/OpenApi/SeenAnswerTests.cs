using Serverless.Functions.Http;
using Serverless.Functions.OpenApi;
using Xunit;

namespace Serverless.Tests.OpenApi;

/// <summary>
/// The other direction of <see cref="ApiContract"/>: what the documents promise was seen on the wire. A run of all
/// tests with <c>SEEN_ANSWERS=file</c> writes down what it sees; this test then reads it with
/// <c>SEEN_ANSWERS_OF_A_RUN=file</c>, as <c>.ci/run</c> does.
/// </summary>
public sealed class SeenAnswerTests
{
    /// <summary>What tests do not see with the client that writes down, and why.</summary>
    private static readonly (int Status, object? Code, string Why)[] Exempt =
    [
        (500, ErrorCodes.InternalError, "a fault of ours: none is made on purpose"),
        (500, null, "the same in the identity API"),
        (400, null, "bytes that no HTTP client sends: tests of raw requests see it"),
        (401, null, "the host's own, for operators: it has no headers of ours, so its tests read it by themselves"),
        (503, ErrorCodes.AuditUnavailable, "a fault: a test of the audit makes it for one route, as the gate is one"),
        (409, IdentityErrorCodes.EmailBusy, "others change the same address for longer than the app tries again"),
        (503, IdentityErrorCodes.MailUnavailable, "a fault: its tests read the bytes by themselves"),
        (503, IdentityErrorCodes.MailRefused, "a fault: its tests read the bytes by themselves"),
    ];

    [Fact]
    public async Task Every_answer_of_the_documents_was_seen_on_the_wire()
    {
        var file = Environment.GetEnvironmentVariable("SEEN_ANSWERS_OF_A_RUN");
        Assert.SkipWhen(
            file is null,
            "asks for what a run of all tests has seen (SEEN_ANSWERS_OF_A_RUN): .ci/run has it"
        );
        var seen = (await File.ReadAllLinesAsync(file!, TestContext.Current.CancellationToken)).ToHashSet();
        Assert.True(seen.Count > 300, $"only {seen.Count} answers were seen: this is no run of all tests");
        var errors = new ApiErrors(XmlDocs.Load());
        // Functions of one class are one use case under several paths: one of them is enough for what they share.
        var useCases =
            from api in ApiDescription.All
            from function in FunctionApis.All.Where(api.Has)
            group function by function.Method.DeclaringType!;
        var unseen =
            from functions in useCases
            let operations = functions.Select(function => function.OperationId).ToList()
            from error in functions.SelectMany(errors.Of).DistinctBy(error => (error.Status, error.Code))
            where !Array.Exists(Exempt, known => known.Status == error.Status && Equals(known.Code, error.Code))
            where !operations.Exists(operation => seen.Contains($"{operation} {error.Status} {error.Code}".TrimEnd()))
            select $"{operations[0]}: {error.Status} {error.Code}";
        var unanswered =
            from api in ApiDescription.All
            from function in FunctionApis.All.Where(api.Has)
            let operation = function.OperationId
            from answer in function.Method.GetCustomAttributes(inherit: false)
            let status = answer is AnswersPictureAttribute ? 200 : (answer as AnswersAttribute)?.Status
            where status is not null
            where !seen.Contains($"{operation} {status}")
            select $"{operation}: {status}";
        var promised = string.Join('\n', unanswered.Concat(unseen).Order(StringComparer.Ordinal));
        Assert.True(promised.Length == 0, $"No test has seen these answers:\n{promised}");
    }
}
