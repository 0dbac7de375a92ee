using System.Text.RegularExpressions;
using Serverless.Functions.Events;
using Serverless.Functions.Identities;
using Serverless.Functions.Ids;

namespace Serverless.Functions.OpenApi;

/// <summary>A part of a route that a caller fills in.</summary>
/// <param name="Meaning">What it names.</param>
/// <param name="Example">A valid value.</param>
/// <param name="Pattern">Its form; null where only we make such ids, which are opaque.</param>
internal sealed record ApiParameter(string Meaning, string Example, Regex? Pattern = null)
{
    /// <summary>Every one by its name in the route templates.</summary>
    public static IReadOnlyDictionary<string, ApiParameter> All { get; } =
        new Dictionary<string, ApiParameter>
        {
            ["linkId"] = new("The link, as `linkId` of its creation has it.", "link_demo_01kbq3v7m2x9f4t8z6w1c5r0ne"),
            ["dataRequestId"] = new("The data request, as its webhook names it.", "dr_demo_01kbq3v7m2x9f4t8z6w1c5r0ne"),
            ["operationId"] = new(
                "The transfer, as the webhook `operation.created` names it.",
                "op_demo_01kbq3v7m2x9f4t8z6w1c5r0ne"
            ),
            ["replayId"] = new(
                "The replay, as `operationId` of the answer that began it has it.",
                "replay_demo_01kbq3v7m2x9f4t8z6w1c5r0ne"
            ),
            ["deliveryId"] = new(
                "The delivery: the `webhook-id` that the request to you carried.",
                "evt_01kbq3v7m2x9f4t8z6w1c5r0ne"
            ),
            ["referenceId"] = new("Your own id of the person.", "customer-4711", ReferenceId.Pattern),
            ["identityReference"] = new("Your own id of the person.", "customer-4711", IdentityReference.Known),
            ["reference"] = new("The partner's own id of the person.", "customer-4711", IdentityReference.Known),
            ["partnerRef"] = new("Your partner id.", "demo", PartnerId.Pattern),
            ["id"] = new("The partner.", "demo", PartnerId.Pattern),
            ["keyPrefix"] = new(
                "The beginning of the API key: its environment and the first six characters, as its creation showed "
                    + "it.",
                "m2m_test_ab12cd"
            ),
            ["identityApiKey"] = new("The key of the identity API.", "pk_test_7qf2m9x4c6v0n8r1p7d5h3j2"),
            ["deadLetterId"] = new(
                "The dead letter, as the list of dead letters has it.",
                "events-4711",
                DeadLetterId.Pattern
            ),
            ["pictureId"] = new(
                "The picture, as the list of reviews names it (`documents[].pictureId`).",
                "doc_01m8kp85402f4h6k8n1q3s5v7x"
            ),
            ["mergeId"] = new("The merge, as the list of merges has it.", "merge_demo_01kbq3v7m2x9f4t8z6w1c5r0ne"),
        };
}
