using DurableTask.Core;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Serverless.Local.Worker.Rpc;
using P = Microsoft.DurableTask.Protobuf;

namespace Serverless.Local.Durable.Wire;

/// <summary>Failures between the engine's form, the protobuf form, and what a worker's function reports.</summary>
internal static class Failures
{
    private static readonly JsonParser Json = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public static P.TaskFailureDetails? ToProto(FailureDetails? failure)
    {
        if (failure is null)
            return null;
        var proto = new P.TaskFailureDetails
        {
            ErrorType = failure.ErrorType ?? "",
            ErrorMessage = failure.ErrorMessage ?? "",
            StackTrace = failure.StackTrace,
            InnerFailure = ToProto(failure.InnerFailure),
            IsNonRetriable = failure.IsNonRetriable,
        };
        foreach (var (name, value) in failure.Properties ?? new Dictionary<string, object?>())
            proto.Properties[name] = ToValue(value);
        return proto;
    }

    public static FailureDetails? ToCore(P.TaskFailureDetails? proto)
    {
        if (proto is null)
            return null;
        var properties =
            proto.Properties.Count == 0
                ? null
                : proto.Properties.ToDictionary(pair => pair.Key, pair => FromValue(pair.Value));
        return new FailureDetails(
            proto.ErrorType,
            proto.ErrorMessage,
            proto.StackTrace,
            ToCore(proto.InnerFailure),
            proto.IsNonRetriable,
            properties
        );
    }

    /// <summary>
    /// What an activity reports, unchanged. The worker's Durable extension writes the failure as JSON into the first
    /// line of the message; anything else is read as the real host reads it, as "type: message".
    /// </summary>
    public static FailureDetails FromActivity(RpcException? reported)
    {
        var text = reported?.Message ?? "";
        var line = text.Split('\n', 2)[0].Trim();
        if (line.StartsWith('{') && TryParse(line) is { } details)
            return details;
        var colon = text.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0
            ? new FailureDetails("(unknown)", text, reported?.StackTrace, null, false)
            : new FailureDetails(
                text[..colon].TrimEnd(),
                text[(colon + 2)..].Split('\n', 2)[0].TrimEnd(),
                reported?.StackTrace,
                null,
                false
            );
    }

    private static FailureDetails? TryParse(string json)
    {
        try
        {
            return ToCore(Json.Parse<P.TaskFailureDetails>(json));
        }
        catch (Exception ex) when (ex is InvalidProtocolBufferException or InvalidJsonException)
        {
            // A message that only looks like JSON; it is passed on as text.
            return null;
        }
    }

    private static Value ToValue(object? value) =>
        value switch
        {
            null => Value.ForNull(),
            bool flag => Value.ForBool(flag),
            string text => Value.ForString(text),
            IDictionary<string, object?> members => Value.ForStruct(
                new Struct { Fields = { members.ToDictionary(pair => pair.Key, pair => ToValue(pair.Value)) } }
            ),
            IEnumerable<object?> items => Value.ForList([.. items.Select(ToValue)]),
            IConvertible number when number.GetTypeCode() is >= TypeCode.SByte and <= TypeCode.Decimal =>
                Value.ForNumber(number.ToDouble(null)),
            _ => Value.ForString(value.ToString() ?? ""),
        };

    private static object? FromValue(Value value) =>
        value.KindCase switch
        {
            Value.KindOneofCase.BoolValue => value.BoolValue,
            Value.KindOneofCase.NumberValue => value.NumberValue,
            Value.KindOneofCase.StringValue => value.StringValue,
            Value.KindOneofCase.ListValue => value.ListValue.Values.Select(FromValue).ToList(),
            Value.KindOneofCase.StructValue => value.StructValue.Fields.ToDictionary(
                field => field.Key,
                field => FromValue(field.Value)
            ),
            _ => null,
        };
}
