using System.Globalization;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Data.Tables;
using Serverless.Local.Hosting;

namespace Serverless.Local.Tables;

/// <summary>What a request is counted as.</summary>
internal sealed record TableCost(string Label);

/// <summary>Signs and counts each request that is sent; a retry is signed again, because its date is another.</summary>
internal sealed class TablePolicy(TableSharedKeyCredential? key) : HttpPipelineSynchronousPolicy
{
    public override void OnSendingRequest(HttpMessage message)
    {
        // The service refuses a date that is not its own, so this is the machine's time, whatever the app's clock says.
        var date = DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture);
        message.Request.Headers.SetValue("x-ms-date", date);
        if (key is not null)
            message.Request.Headers.SetValue("Authorization", key.Authorize(date, message.Request.Uri.ToUri().AbsolutePath, comp: null));
        if (message.TryGetProperty(typeof(TableCost), out var cost) && cost is TableCost { Label: var label })
            CostMeter.Count(label);
    }
}
