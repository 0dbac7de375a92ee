namespace Serverless.Campaign;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        using var stop = new CancellationTokenSource();
        Console.CancelKeyPress += (_, pressed) => (pressed.Cancel, _) = (true, stop.CancelAsync());
        try
        {
            var campaign = new Campaign(CampaignOptions.Parse(args), Console.WriteLine);
            return await campaign.RunAsync(stop.Token) ? 0 : 1;
        }
        catch (FormatException)
        {
            await Console.Error.WriteLineAsync(CampaignOptions.Usage);
            return 2;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 3;
        }
    }
}
