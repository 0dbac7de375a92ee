using System.Globalization;
using System.Text.Json.Nodes;

namespace Serverless.Campaign;

/// <summary>How much of a person's data is sent.</summary>
internal enum Fill
{
    Least,
    Most,
    All,
}

/// <summary>Bodies of requests, each value with a marker of its own.</summary>
internal static class Values
{
    /// <summary>The last character of a document's number decides how its verification ends.</summary>
    private const string Endings = "0123456789AAAAAAA";

    public static JsonObject UserData(Markers markers, PersonModel person, Fill fill, Random random)
    {
        string Word(string what) => markers.New(person, what);
        var name = new JsonObject { ["firstName"] = Word("first name"), ["lastName"] = Word("last name") };
        var data = new JsonObject
        {
            ["name"] = name,
            ["paymentMethod"] = new JsonObject
            {
                ["type"] = "cash",
                ["cash"] = new JsonObject { ["provider"] = "Oxxo", ["reference"] = "R-" + Word("payment") },
            },
        };
        if (fill == Fill.Least)
            return data;
        name["secondName"] = "";
        name["secondLastName"] = Word("second last name");
        data["idType"] = "PASSPORT";
        data["idNumber"] =
            Word("id number").ToUpperInvariant() + random.Next(10) + Endings[random.Next(Endings.Length)];
        if (fill == Fill.All)
            data["dob"] = Birth(random);
        return data;
    }

    /// <summary>The paths of the fields in such a body.</summary>
    public static IEnumerable<string> Paths(JsonObject userData) =>
        userData.SelectMany(member =>
            member.Key == "name"
                ? member.Value!.AsObject().Select(part => $"name.{part.Key}")
                : (IEnumerable<string>)[member.Key]
        );

    public static JsonObject Identity(Markers markers, PersonModel person, Random random)
    {
        string Word(string what) => markers.New(person, what);
        return new JsonObject
        {
            ["givenName"] = Word("given name"),
            ["surname"] = Word("surname"),
            ["dateOfBirth"] = Birth(random),
            ["residentialAddress"] = new JsonObject
            {
                ["addressLine"] = Word("address"),
                ["suburb"] = Word("suburb"),
                ["postCode"] = "10115",
                ["country"] = "DE",
            },
        };
    }

    public static string Birth(Random random) =>
        new DateOnly(1950, 1, 1).AddDays(random.Next(17000)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
