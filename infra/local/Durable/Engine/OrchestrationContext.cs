using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging;

namespace Serverless.Local.Durable;

/// <summary>The context that an orchestrator's code sees during one <see cref="Turn"/>.</summary>
internal sealed class OrchestrationContext(Turn turn) : TaskOrchestrationContext
{
    private const int CustomStatusLimit = 16 * 1024;

    /// <summary>The namespace of Durable Task's name-based ids.</summary>
    private static readonly Guid IdNamespace = new("9e952958-5e33-4daf-827f-2fa12937b875");

    private int _ids;

    public override TaskName Name => turn.Instance.Name;

    public override string InstanceId => turn.Instance.Id;

    public override string Version => turn.Instance.Version ?? string.Empty;

    public override ParentOrchestrationInstance? Parent =>
        turn.Instance.Parent is { } parent ? new ParentOrchestrationInstance(parent.Name, parent.InstanceId) : null;

    public override DateTime CurrentUtcDateTime
    {
        get
        {
            turn.Enter();
            return turn.Now;
        }
    }

    public override bool IsReplaying
    {
        get
        {
            turn.Enter();
            return turn.IsReplaying;
        }
    }

    protected override ILoggerFactory LoggerFactory => turn.Loggers;

    public override T? GetInput<T>()
        where T : default => turn.Options.DataConverter.Deserialize<T>(turn.Instance.Input);

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name.Name, nameof(name));
        turn.Enter();
        var serialized = turn.Options.DataConverter.Serialize(input);
        return WithRetries(() => turn.Schedule<TResult>(name.Name, id => new TaskScheduled(id, name.Name, serialized)), options?.Retry);
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        turn.Enter();
        var serialized = turn.Options.DataConverter.Serialize(input);
        var instanceId = options is SubOrchestrationOptions { InstanceId: { Length: > 0 } given } ? given : NewGuid().ToString("N");
        return WithRetries(
            () => turn.ScheduleChild<TResult>(orchestratorName.Name, instanceId, serialized, options?.Version?.Version),
            options?.Retry);
    }

    public override async Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        turn.Enter();
        var due = fireAt.ToUniversalTime();
        while (due - turn.Now > turn.Options.MaximumTimerInterval)
            await turn.ScheduleTimer(turn.Now + turn.Options.MaximumTimerInterval, cancellationToken);
        await turn.ScheduleTimer(due, cancellationToken);
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        turn.Enter();
        return turn.Events.Wait<T>(eventName, cancellationToken);
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        turn.Enter();
        turn.Send(instanceId, eventName, turn.Options.DataConverter.Serialize(payload));
    }

    public override void SetCustomStatus(object? customStatus)
    {
        turn.Enter();
        var serialized = turn.Options.DataConverter.Serialize(customStatus);
        if (serialized is { Length: var length } && length * sizeof(char) > CustomStatusLimit)
            throw new ArgumentException($"A custom status holds at most {CustomStatusLimit} bytes of UTF-16; this one has {length * sizeof(char)}.", nameof(customStatus));
        turn.CustomStatus = serialized;
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        turn.Enter();
        turn.Next = (turn.Options.DataConverter.Serialize(options.NewInput), options.PreserveUnprocessedEvents, options.NewVersion);
    }

    public override Guid NewGuid()
    {
        turn.Enter();
        var name = string.Create(CultureInfo.InvariantCulture, $"{InstanceId}_{turn.Now:o}_{_ids++}");
        return NameBasedId(name);
    }

    /// <summary>RFC 9562, section 5.5: UUID version 5.</summary>
    private static Guid NameBasedId(string name)
    {
        byte[] hashed = [.. IdNamespace.ToByteArray(bigEndian: true), .. Encoding.UTF8.GetBytes(name)];
#pragma warning disable CA5350 // Version 5 is SHA-1 by definition; nothing is secured by it.
        var hash = SHA1.HashData(hashed).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }

    private Task<T> WithRetries<T>(Func<Task<T>> call, TaskRetryOptions? retry) => retry switch
    {
        { Policy: { } policy } => WithPolicy(call, policy),
        { Handler: { } handler } => WithHandler(call, handler),
        _ => call(),
    };

    private async Task<T> WithPolicy<T>(Func<Task<T>> call, RetryPolicy policy)
    {
        var expiry = policy.RetryTimeout == Timeout.InfiniteTimeSpan ? DateTime.MaxValue : turn.Now + policy.RetryTimeout;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException ex) when (
                attempt < policy.MaxNumberOfAttempts
                && turn.Now < expiry
                && !FailureTypes.IsFinal(ex.FailureDetails)
                && policy.Handles(ex.FailureDetails))
            {
                // Worth another attempt, after the delay below.
            }
            await CreateTimer(turn.Now + policy.DelayAfter(attempt), CancellationToken.None);
        }
    }

    private async Task<T> WithHandler<T>(Func<Task<T>> call, AsyncRetryHandler handler)
    {
        var started = turn.Now;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (TaskFailedException ex) when (!FailureTypes.IsFinal(ex.FailureDetails))
            {
                if (!await handler(new RetryContext(this, attempt, ex.FailureDetails, turn.Now - started, CancellationToken.None)))
                    throw;
            }
        }
    }
}
