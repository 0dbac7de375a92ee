using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Local.Durable;
using Serverless.Local.Mail;
using Serverless.Local.Messaging;
using Serverless.Local.Time;
using Serverless.Local.Triggers;
using Serverless.Local.Worker;

namespace Serverless.Local.Hosting;

/// <summary>What happens in the app, for a person.</summary>
internal sealed partial class StatusPage(
    FunctionsWorker worker,
    LocalPlatform platform,
    LocalClock clock,
    OutgoingRequests outgoing
)
{
    public const string NoTimeTravel =
        "Time travel is off: orchestrations are kept in Azure Storage (Durable__Store), whose queues follow the "
        + "machine's time.";

    private const int MaxInstances = 100;

    public async Task<string> RenderAsync(CancellationToken cancellationToken)
    {
        var queues = platform.Broker.Read();
        var page = new HtmlPage("Local host")
            .Add(
                """
                <header><h1>Local host</h1><nav>
                <form method="post" action="/local/portal"><button>Portal of the demo partner</button></form>
                <a href="/local/mailbox">Mails</a><a href="/local/costs">Costs</a><a href="/local">Refresh</a>
                </nav></header>
                """
            )
            .Add(Clock());
        AddOrchestrations(page, await platform.Durable.ReadAsync(MaxInstances, cancellationToken));
        AddQueues(page, queues);
        AddDeadLetters(page, queues);
        AddOutgoingRequests(page);
        AddFunctions(page);
        return page.ToString();
    }

    private static void AddOrchestrations(HtmlPage page, IReadOnlyList<DurableInstance> instances)
    {
        page.Table(
            "Orchestrations",
            $"the last {MaxInstances}",
            "No orchestration has been started.",
            ["Status", "Orchestrator", "Instance", "Waits for", "Updated"],
            instances.Select(instance =>
                new[]
                {
                    Status(instance.Status.ToString()),
                    HtmlPage.Text(instance.Name),
                    Code(instance.Id),
                    Waits(instance),
                    Time(instance.LastUpdatedAt),
                }
            )
        );
    }

    private static void AddQueues(HtmlPage page, IReadOnlyList<QueueStatus> queues)
    {
        page.Table(
            "Queues",
            "",
            "There are no queues.",
            ["Queue", "#Active", "#Locked", "#Scheduled", "Next due", "#Deferred", "#Dead letters"],
            queues.Select(queue =>
                new[]
                {
                    Code(queue.Name),
                    Number(queue.Active),
                    Number(queue.Locked),
                    Number(queue.Scheduled),
                    Time(queue.NextDue),
                    Number(queue.Deferred),
                    queue.DeadLetters == 0 ? "0" : $"<span class=\"bad\">{queue.DeadLetters}</span>",
                }
            )
        );
    }

    private static void AddDeadLetters(HtmlPage page, IReadOnlyList<QueueStatus> queues)
    {
        page.Table(
            "Dead letters",
            "the newest of each queue",
            "Nothing has been dead-lettered.",
            ["Queue", "Message", "Reason", "Description", "#Deliveries", "Enqueued"],
            queues.SelectMany(queue =>
                queue
                    .Messages.Where(message => message.Place == "DeadLetter")
                    .Select(message => DeadLetter(queue, message))
            )
        );
    }

    private void AddOutgoingRequests(HtmlPage page)
    {
        page.Table(
            "Outgoing requests",
            "webhooks and other calls that functions made; the last 50",
            "No function has called the outside world.",
            ["Answer", "Request", "Function", "#Duration", "Time"],
            outgoing
                .Read()
                .Select(request =>
                    new[]
                    {
                        Answer(request.Status),
                        Code($"{request.Method} {request.Target}"),
                        HtmlPage.Text(request.Function),
                        $"{request.Duration.TotalMilliseconds.ToString("N0", CultureInfo.InvariantCulture)} ms",
                        Time(request.At),
                    }
                )
        );
    }

    private void AddFunctions(HtmlPage page)
    {
        page.Table(
            "Functions",
            $"{worker.Functions.Count}",
            "The app has no functions.",
            ["Function", "Trigger", "Listens to"],
            worker.Functions.Select(function =>
                new[] { HtmlPage.Text(function.Name), HtmlPage.Text(function.TriggerType), Code(ListensTo(function)) }
            )
        );
    }

    /// <summary>The mails, newest first: that is the one to look for. Each with its code, if it has one.</summary>
    public static string RenderMailbox(IReadOnlyList<CaughtMail> mails)
    {
        var page = new HtmlPage("Mails").Add(
            "<header><h1>Mails</h1><nav><a href=\"/local\">Status</a><a "
                + "href=\"/local/mailbox\">Refresh</a></nav></header>"
        );
        if (mails.Count == 0)
            page.Add("<p class=\"none\">No mail has been sent.</p>");
        foreach (var mail in mails.Reverse())
            page.Add(
                $"""
                <article class="mail"><h2>{HtmlPage.Text(mail.Subject)}</h2>
                <p class="none">{HtmlPage.Text(mail.To)} · {Time(mail.At)}</p>{CodeIn(mail.Text)}
                <p>{HtmlPage.Text(mail.Text).Replace("&#xA;", "<br>", StringComparison.Ordinal)}</p></article>
                """
            );
        return page.ToString();
    }

    private static string CodeIn(string text) =>
        OneTimeCode().Match(text) is { Success: true } code ? $"<p class=\"code\">{code.Value}</p>" : "";

    [GeneratedRegex(@"(?<![\w.:-])[0-9]{4,8}(?![\w:-])", RegexOptions.CultureInvariant)]
    private static partial Regex OneTimeCode();

    /// <summary>Storage transactions, of the dearest function first.</summary>
    public static string RenderCosts(IReadOnlyList<(string Operation, string Request, long Count)> counts) =>
        new HtmlPage("Costs")
            .Add(
                "<header><h1>Costs</h1><nav><a href=\"/local\">Status</a><a "
                    + "href=\"/local/costs\">Refresh</a></nav></header>"
            )
            .Table(
                "Storage transactions",
                $"{Number(counts.Sum(count => count.Count))} billable ones since the start",
                "No function has used the storage.",
                ["Function", "#In all", "Request", "#Count"],
                counts
                    .GroupBy(count => count.Operation)
                    .OrderByDescending(operation => operation.Sum(count => count.Count))
                    .SelectMany(RowsOf)
            )
            .ToString();

    /// <summary>A row a kind of request; what is said of the function stands in the first of them.</summary>
    private static IEnumerable<string[]> RowsOf(
        IGrouping<string, (string Operation, string Request, long Count)> operation
    ) =>
        operation
            .OrderByDescending(count => count.Count)
            .Select(
                (count, at) =>
                    new[]
                    {
                        at == 0 ? HtmlPage.Text(operation.Key) : "",
                        at == 0 ? Number(operation.Sum(each => each.Count)) : "",
                        Code(count.Request),
                        Number(count.Count),
                    }
            );

    private static string ListensTo(LoadedFunction function) =>
        function.Is("httpTrigger") && HttpRoute.Of(function, "") is var route
            ? $"{string.Join(", ", route.Methods)} /{route.Template}"
            : function.Text("queueName") ?? function.Text("schedule") ?? "";

    private static string[] DeadLetter(QueueStatus queue, QueueMessageStatus message) =>
        [
            Code(queue.Name),
            Code(message.MessageId),
            HtmlPage.Text(message.DeadLetterReason),
            HtmlPage.Text(message.DeadLetterErrorDescription),
            Number(message.DeliveryCount),
            Time(message.Enqueued),
        ];

    private string Clock() =>
        platform.IsInRealTime
            ? $"<p class=\"none\">{HtmlPage.Text(NoTimeTravel)}</p>"
            : $"""
                <div class="clock"><time datetime="{clock.GetUtcNow():O}">{clock.GetUtcNow():yyyy-MM-dd HH:mm:ss} UTC</time>
                <span id="says" role="status">{(
                    clock.Offset == TimeSpan.Zero
                        ? "real time"
                        : HtmlPage.Text(
                            $"{clock.Offset.ToString(@"d\.hh\:mm\:ss", CultureInfo.InvariantCulture)} ahead of real time"
                        )
                )}</span>
                <div><button data-advance="00:01:00">+1 min</button><button data-advance="01:00:00">+1 h</button>
                <button data-advance="1.00:00:00">+1 day</button><button data-to="now">now</button></div></div>
                <p class="none about">What moves: what the app takes for the time, so what expires, timers of
                orchestrations, retries, schedules. What does not: the times in signatures (of webhooks and of requests
                to the identity API), locks of messages, durations. <em>now</em> takes the clock back: what was done on
                the way stays done and keeps its dates; what is still due, and what was counted or kept until a moment
                ahead (rate limits, links made there), waits for that moment.</p>
                """;

    private static string Waits(DurableInstance instance) =>
        string.Join(
            "<br>",
            instance
                .Timers.Order()
                .Select(timer => "timer " + Time(timer))
                .Concat(instance.Activities.Select(name => "activity " + Code(name)))
        );

    private static string Status(string status)
    {
        var look = status switch
        {
            "Completed" => "good",
            "Failed" or "Terminated" => "bad",
            _ => "wait",
        };
        return $"<span class=\"{look}\">{HtmlPage.Text(status)}</span>";
    }

    private static string Answer(int? status) =>
        status is { } code
            ? $"<span class=\"{(code < 300 ? "good" : "bad")}\">{code}</span>"
            : "<span class=\"bad\">no answer</span>";

    private static string Code(string? text) => string.IsNullOrEmpty(text) ? "" : $"<code>{HtmlPage.Text(text)}</code>";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset? time) =>
        time is { } at
            ? $"<span class=\"t\">{at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}</span>"
            : "";
}
