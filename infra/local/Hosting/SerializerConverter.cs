using System.Text;
using Azure.Core.Serialization;
using Microsoft.DurableTask;

namespace Serverless.Local.Hosting;

/// <summary>Durable inputs and outputs through the worker's serializer, as in Azure.</summary>
internal sealed class SerializerConverter(ObjectSerializer serializer) : DataConverter
{
    public override string? Serialize(object? value) =>
        value is null ? null : serializer.Serialize(value, value.GetType(), default).ToString();

    public override object? Deserialize(string? data, Type targetType) =>
        data is null ? null : serializer.Deserialize(new MemoryStream(Encoding.UTF8.GetBytes(data)), targetType, default)!;
}
