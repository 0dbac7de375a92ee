using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Ids;
using Serverless.Functions.Links;
using Serverless.Functions.Time;

namespace Serverless.Functions.Operations;

/// <summary>
/// Activity: hands an operation to the payout rail, unless it was cancelled; nobody can pay a person who was erased.
/// First the operation moves on, so that nobody can cancel it any more, then the rail gets it: a crash between the two
/// only hands it over again.
/// </summary>
internal sealed class SendPayout(OperationStore operations, IPayoutRail rail, TimeProvider time)
{
    public const string Name = nameof(SendPayout);

    [Function(Name)]
    public async Task<OperationStatus> RunAsync([ActivityTrigger] string operationId, CancellationToken ct)
    {
        var id = OperationId.FromStorage(operationId);
        var now = time.Now();
        var result = await operations.ChangeAsync(
            id,
            now,
            (person, operation, link) =>
            {
                if (!OperationTransitions.Allows(operation.Status, OperationStatus.Processing))
                    return null;
                if (person.ErasedAt is not null)
                    return CancelOperation.Execute(person, operation, link, "The person was erased.", now);
                var processing = operation with { Status = OperationStatus.Processing, ProcessingAt = now };
                person.Raise(
                    LinkEvents.New(
                        OperationEvents.ProcessingName,
                        link,
                        now,
                        OperationEvents.Data(processing, link),
                        id.Value
                    )
                );
                return processing;
            },
            ct
        );
        if (result is not var (standing, _, person))
            throw new InvalidOperationException($"There is no operation '{id}'.");
        if (
            standing is { Status: OperationStatus.Processing, ProcessingAt: { } submittedAt }
            && await standing.ReadMethodAsync(person, ct) is { } method
        )
            await rail.SubmitAsync(new PayoutOrder(id, standing.Amount, submittedAt), method, ct);
        return standing.Status;
    }
}
