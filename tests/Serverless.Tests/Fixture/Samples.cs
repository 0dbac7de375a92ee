using System.Text.Json.Nodes;

namespace Serverless.Tests;

/// <summary>Valid bodies to start from.</summary>
public static class Samples
{
    /// <summary>The CLABE of the documentation's quickstart has a check digit that holds; so has this one.</summary>
    public const string Clabe = "032180000118359719";

    public const string Curp = "GOMC900514HDFRRL09";

    /// <summary>All seven fields that identity needs.</summary>
    public static JsonObject FullUserData() =>
        (JsonObject)
            JsonNode.Parse(
                $$"""
                {"name":{"firstName":"Carlos","secondName":"","lastName":"Gómez","secondLastName":"Ruiz"},"idNumber":"{{Curp}}","idType":"CURP","dob":"1990-05-14",
                 "paymentMethod":{"type":"bank_account","bankAccount":{"country":"MX","accountNumber":"{{Clabe}}"} } }
                """
            )!;

    /// <summary>The least that userData may hold.</summary>
    public static JsonObject LeastUserData() =>
        (JsonObject)
            JsonNode.Parse(
                """
                {"name":{"firstName":"Carlos","lastName":"Gómez"},"paymentMethod":{"type":"cash","cash":{"provider":"Oxxo","reference":"R-1"}} }
                """
            )!;

    /// <summary>A body whose userData was changed at one place.</summary>
    public static JsonObject With(this JsonObject userData, string path, JsonNode? value)
    {
        var names = path.Split('.');
        var at = userData;
        foreach (var name in names[..^1])
            at = (JsonObject)(at[name] ??= new JsonObject());
        at[names[^1]] = value;
        return userData;
    }
}
