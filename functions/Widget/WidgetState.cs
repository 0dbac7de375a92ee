using System.Text.Json;
using Microsoft.Extensions.Options;
using Serverless.Functions.Cip;
using Serverless.Functions.DataRequests;
using Serverless.Functions.Ids;
using Serverless.Functions.KycSharing;
using Serverless.Functions.Links;
using Serverless.Functions.Operations;
using Serverless.Functions.Partners;
using Serverless.Functions.Time;
using Serverless.Functions.Typed;
using Serverless.Functions.Users;

namespace Serverless.Functions.Widget;

/// <summary>
/// What the widget shows, computed from the tables and the clock, so that it does not depend on any timer.
/// </summary>
internal sealed class WidgetState(
    OperationStore operations,
    PartnerDirectory partners,
    IOptions<DataRequestOptions> options,
    TimeProvider time
)
{
    /// <summary>Keys of the further rows that a state needs.</summary>
    public static IEnumerable<string> Rows(LinkId id) => [DataRequest.RowKeyOf(DataRequestId.Of(id))];

    /// <summary>The state of a visit that was read with <see cref="Rows"/>, as a change has left it.</summary>
    public async Task<WidgetView> ShowAsync(WidgetVisit visit, CancellationToken ct)
    {
        var (link, person) = visit;
        var now = time.Now();
        var partner = await partners.FindAsync(link.Id.Partner, ct);
        var fields = new List<WidgetField>();
        var values = new Dictionary<string, string>();
        foreach (var (path, held) in person.Fields.OrderBy(field => Order(field.Key)))
        {
            // Only what the widget asks for: what the identity API knows beyond that (an address, a tax number) is not
            // for whoever holds the link.
            if (!UserData.CipFields.Contains(path))
                continue;
            values[path] = (await person.ReadAsync(path, ct))!;
            fields.Add(
                new WidgetField
                {
                    Path = path,
                    Value = Show(path, values[path]),
                    Source = held.Source,
                    Locked = IsLocked(person, path),
                    MayBeShown = MayBeShown(person, link, path) && UserField.Find(path) is { IsMaskedForPerson: true },
                }
            );
        }
        var method = await person.ReadAsync(UserData.PaymentMethod, ct);
        var missing = person.MissingCipFields;
        var facts = new WidgetFacts(
            person.User.Status,
            missing.Count > 0,
            person.Fields.ContainsKey(UserData.IdImagePath),
            HasOperation: link.OperationId is not null
        )
        {
            KycOnly = link.Flow == StartKycSession.Flow,
        };
        return new WidgetView
        {
            LinkId = link.Id.Value,
            Status = link.StatusAt(now),
            Step = facts.Step,
            KycOnly = facts.KycOnly,
            ReturnUrl = StartKycSession.ReturnUrlOf(link),
            ServerTime = now,
            ExpiresAt = link.ExpiresAt,
            Language = link.Language,
            Theme = link.Theme ?? partner?.Settings.Theme,
            Partner = new WidgetPartner
            {
                Name = partner?.Name ?? "",
                ReturnUrl = partner?.Settings.ReturnUrl,
                TermsUrl = partner?.Settings.TermsUrl,
            },
            Fields = fields,
            Missing = missing,
            Doubts = Doubts(person, values),
            IdImage = new WidgetPicture { Held = facts.HasPicture, Locked = IsLocked(person, UserData.IdImagePath) },
            DataRequest = ShowRequest(person, link, now),
            Cip = new WidgetCip
            {
                Status = person.CipStatus,
                TicketId = person.CurrentTicket?.Id.Value,
                MayRetry = person.User.Status == UserStatus.CipFailed && person.User.MayVerifyAgain,
            },
            PaymentMethod = method is null
                ? null
                : ShowMethod(method) with
                {
                    Locked = IsLocked(person, UserData.PaymentMethod),
                    MayBeShown = MayBeShown(person, link, UserData.PaymentMethod),
                },
            Operation = await ReadOperationAsync(link, ct),
        };
    }

    /// <summary>True for what the person cannot change here: a partner gave it, or it is what was verified.</summary>
    public static bool IsLocked(Person person, string path) =>
        (person.Fields.TryGetValue(path, out var held) && !Precedence.Replaces(FieldSource.Widget, held.Source))
        || (path != UserData.PaymentMethod && person.User.Status is UserStatus.CipPending or UserStatus.CipVerified);

    /// <summary>
    /// True for what the person typed by this link. What came from elsewhere stays masked: whoever was given the link
    /// need not be that person.
    /// </summary>
    public static bool MayBeShown(Person person, Link link, string path) =>
        person.Fields.TryGetValue(path, out var held) && held.Source == FieldSource.Widget && held.Via == link.Id.Value;

    /// <summary>
    /// Fields that contradict each other although each is valid, if the person can correct at least one.
    /// </summary>
    private static string[] Doubts(Person person, Dictionary<string, string> values)
    {
        string[] both = ["idNumber", "dob"];
        var contradiction = DocumentNumbers.CheckBirth(
            values.GetValueOrDefault("idType"),
            values.GetValueOrDefault("idNumber"),
            values.GetValueOrDefault("dob")
        );
        return contradiction is null || both.All(path => IsLocked(person, path)) ? [] : both;
    }

    private WidgetRequest? ShowRequest(Person person, Link link, DateTimeOffset now)
    {
        if (person.Request(DataRequestId.Of(link.Id)) is not { } request)
            return null;
        var status = request.StatusAt(now);
        var until = link.InProgressAt + request.Grace(options.Value.GracePeriod);
        var waiting = status == DataRequestStatus.Pending && request.FellBackAt is null && now < until;
        return new WidgetRequest
        {
            Status = status,
            Waiting = waiting,
            IsToCome =
                status == DataRequestStatus.Pending
                && link.InProgressAt is null
                && request.Grace(options.Value.GracePeriod) > TimeSpan.Zero,
            WaitingUntil = waiting ? until : null,
        };
    }

    private async Task<WidgetOperation?> ReadOperationAsync(Link link, CancellationToken ct)
    {
        if (
            link.OperationId is not { } id
            || await operations.FindAsync(link.Owner, OperationId.FromStorage(id), ct) is not var (operation, person)
        )
            return null;
        var method = await operation.ReadMethodAsync(person, ct);
        return new WidgetOperation
        {
            OperationId = operation.Id.Value,
            Status = operation.Status,
            Amount = operation.Amount,
            CreatedAt = operation.CreatedAt,
            Payout = method is null ? null : ShowMethod(method),
            EndedAt = operation.CompletedAt ?? operation.FailedAt ?? operation.CancelledAt,
            Cancellable = OperationTransitions.Allows(operation.Status, OperationStatus.Cancelled),
        };
    }

    private static WidgetMethod ShowMethod(string json)
    {
        using var document = JsonDocument.Parse(json);
        var type = document.RootElement.GetProperty("type").GetString()!;
        if (type == "bank_account")
        {
            var account = document.RootElement.GetProperty("bankAccount");
            return new WidgetMethod
            {
                Type = type,
                Masked = Masked(account.GetProperty("accountNumber").GetString()!),
                Country = account.GetProperty("country").GetString(),
                Locked = true,
                MayBeShown = false,
            };
        }
        var cash = document.RootElement.GetProperty("cash");
        return new WidgetMethod
        {
            Type = type,
            Masked = Masked(cash.GetProperty("reference").GetString()!),
            Provider = cash.GetProperty("provider").GetString(),
            Locked = true,
            MayBeShown = false,
        };
    }

    // Names, type of document and birthday in full; numbers only as far as needed to recognise them.
    private static string Show(string path, string value) =>
        UserField.Find(path) is { IsMaskedForPerson: true } ? Masked(value) : value;

    private static string Masked(string value)
    {
        var shown = value.Length switch
        {
            >= 8 => 4,
            >= 4 => 2,
            _ => 0,
        };
        return "••••" + value[^shown..];
    }

    private static int Order(string path)
    {
        for (var i = 0; i < UserData.CipFields.Count; i++)
            if (UserData.CipFields[i] == path)
                return i;
        return UserData.CipFields.Count;
    }
}
